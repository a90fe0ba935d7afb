/**
 * People: a list to search and narrow, and one person's whole history.
 */
import "../words/people-words.ts";
import { useHere } from "../context.ts";
import { PeopleList } from "./people-list.tsx";
import { PersonView } from "./person-view.tsx";

export default function PeoplePage() {
  const { address } = useHere();
  return address.item === undefined ? <PeopleList /> : <PersonView id={address.item} />;
}
