/** Words of the page of segments, in every language. */
import { learn } from "../words.ts";

const en = {
  "seg.saved": "Saved segments",
  "seg.none": "No segment yet. Write a rule below, count it, and save it under a name.",
  "seg.rule": "Rule",
  "seg.share": "Share",
  "seg.open": "Open people",
  "seg.filter": "Filter the overview",
  "seg.remove": "Remove",
  "seg.removed": "Removed",
  "seg.new": "A new segment",
  "seg.name": "Name",
  "seg.text": "Rule, as in the life-cycle model: conditions on orders, visits, idle time, counts",
  "seg.count": "Count",
  "seg.save": "Save",
  "seg.saved1": "Saved",
  "seg.result": "{n|person|people}",
  "seg.examples": "Examples",
  "seg.ex.lapsing": "Customers silent for 60 days",
  "seg.ex.loyal": "Three orders within a year",
  "seg.ex.cart": "Cart but no order",
  "seg.ex.newsletter": "Newsletter readers who never ordered",
} as const;

const de: Record<keyof typeof en, string> = {
  "seg.saved": "Gespeicherte Segmente",
  "seg.none": "Noch kein Segment. Unten eine Regel schreiben, zählen und unter einem Namen speichern.",
  "seg.rule": "Regel",
  "seg.share": "Anteil",
  "seg.open": "Personen öffnen",
  "seg.filter": "Übersicht filtern",
  "seg.remove": "Entfernen",
  "seg.removed": "Entfernt",
  "seg.new": "Ein neues Segment",
  "seg.name": "Name",
  "seg.text": "Regel wie im Lebenszyklus-Modell: Bedingungen an Bestellungen, Besuche, Stille, Zählungen",
  "seg.count": "Zählen",
  "seg.save": "Speichern",
  "seg.saved1": "Gespeichert",
  "seg.result": "{n|Person|Personen}",
  "seg.examples": "Beispiele",
  "seg.ex.lapsing": "Kunden, die 60 Tage still sind",
  "seg.ex.loyal": "Drei Bestellungen in einem Jahr",
  "seg.ex.cart": "Warenkorb, aber keine Bestellung",
  "seg.ex.newsletter": "Newsletter-Leser, die nie bestellten",
};

const da: Record<keyof typeof en, string> = {
  "seg.saved": "Gemte segmenter",
  "seg.none": "Intet segment endnu. Skriv en regel herunder, tæl den, og gem den under et navn.",
  "seg.rule": "Regel",
  "seg.share": "Andel",
  "seg.open": "Åbn personer",
  "seg.filter": "Filtrér overblikket",
  "seg.remove": "Fjern",
  "seg.removed": "Fjernet",
  "seg.new": "Et nyt segment",
  "seg.name": "Navn",
  "seg.text": "Regel som i livscyklusmodellen: betingelser på ordrer, besøg, stilhed, antal",
  "seg.count": "Tæl",
  "seg.save": "Gem",
  "seg.saved1": "Gemt",
  "seg.result": "{n|person|personer}",
  "seg.examples": "Eksempler",
  "seg.ex.lapsing": "Kunder, der har været stille i 60 dage",
  "seg.ex.loyal": "Tre ordrer på et år",
  "seg.ex.cart": "Kurv, men ingen ordre",
  "seg.ex.newsletter": "Nyhedsbrevslæsere, der aldrig har bestilt",
};

learn({ en, de, da });
export type SegmentsWord = keyof typeof en;
