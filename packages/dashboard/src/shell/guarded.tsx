/**
 * Keeps a fault in one part of the page from blanking the rest.
 */
import { Component, type ComponentChildren } from "preact";
import { say } from "../words.ts";

export class Guarded extends Component<{ children?: ComponentChildren }, { error?: Error }> {
  override state: { error?: Error } = {};

  override componentDidCatch(error: Error): void {
    console.error(error);
    this.setState({ error });
  }

  render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <div class="note" role="alert">
        <b>{say("panelError")}</b>
        <code>{error.message}</code>
        <button type="button" class="btn" onClick={() => this.setState({ error: undefined as never })}>
          {say("tryAgain")}
        </button>
      </div>
    );
  }
}
