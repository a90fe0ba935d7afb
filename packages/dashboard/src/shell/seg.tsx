/**
 * A switch with a few positions, all of them in view.
 */
export function Seg<T extends string>(props: {
  label: string;
  options: readonly { value: T; name: string }[];
  value: T;
  onChoose: (value: T) => void;
  /** Without its own frame, inside a panel's heading. */
  isBare?: boolean;
  class?: string;
}) {
  const { label, options, value, onChoose, isBare = false } = props;
  return (
    <fieldset class={`seg${isBare ? " bare" : ""} ${props.class ?? ""}`.trim()} aria-label={label}>
      {options.map((option) => (
        <button
          type="button"
          key={option.value}
          aria-pressed={option.value === value}
          onClick={() => onChoose(option.value)}
        >
          {option.name}
        </button>
      ))}
    </fieldset>
  );
}
