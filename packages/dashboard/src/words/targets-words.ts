/** Words of the systems that are told what becomes of people, in every language. */
import { learn } from "../words.ts";

const en = {
  "set.targets": "Told systems",
  "tgt.title": "What other systems are told",
  "tgt.text":
    "Each message arrives at least once, in order for every person. Of several stages that wait, only the newest is written.",
  "tgt.none": "Nothing is sent anywhere. Add send: {} to an entry of your table of connectors, or a webhook.",
  "tgt.addressesOff":
    "E-mail addresses are not kept: whoever is known by no id there stays unaddressable. The line keepEmail: true in the table changes that.",
  "tgt.addressesOn":
    "E-mail addresses of this site's people are kept, encrypted, to name contacts there. Without the line keepEmail: true the next start deletes them.",
  "tgt.off": "Off: {reason}",
  "tgt.last": "Last answer, {time} ago: {result}",
  "tgt.never": "Nothing was sent yet",
  "tgt.waiting": "waiting",
  "tgt.delivered": "delivered",
  "tgt.failed": "failed",
  "tgt.withdrawn": "withdrawn",
  "tgt.superseded": "superseded",
  "tgt.unaddressable": "not known there",
  "tgt.messages": "Messages",
  "tgt.kind": "Message",
  "tgt.when": "Of",
  "tgt.state": "State",
  "tgt.why": "Answer, or why not",
  "tgt.again": "Send again",
  "tgt.againAll": "Send all failed again",
  "tgt.againDone": "{n|1 message is|{n} messages are} being sent again",
  "tgt.empty": "No message like this is kept.",
} as const;

const de: Record<keyof typeof en, string> = {
  "set.targets": "Benachrichtigte Systeme",
  "tgt.title": "Was andere Systeme erfahren",
  "tgt.text":
    "Jede Nachricht kommt mindestens einmal an, für jede Person der Reihe nach. Von mehreren wartenden Stufen wird nur die neueste geschrieben.",
  "tgt.none":
    "Nichts wird irgendwohin gesendet. Ergänzen Sie send: {} in einem Eintrag der Tabelle der Verbindungen, oder einen Webhook.",
  "tgt.addressesOff":
    "E-Mail-Adressen werden nicht aufbewahrt: Wer dort unter keiner Nummer bekannt ist, bleibt unerreichbar. Die Zeile keepEmail: true in der Tabelle ändert das.",
  "tgt.addressesOn":
    "E-Mail-Adressen der Personen dieser Site werden verschlüsselt aufbewahrt, um Kontakte dort zu benennen. Ohne die Zeile keepEmail: true löscht der nächste Start sie.",
  "tgt.off": "Aus: {reason}",
  "tgt.last": "Letzte Antwort vor {time}: {result}",
  "tgt.never": "Noch nichts gesendet",
  "tgt.waiting": "wartet",
  "tgt.delivered": "zugestellt",
  "tgt.failed": "gescheitert",
  "tgt.withdrawn": "zurückgezogen",
  "tgt.superseded": "überholt",
  "tgt.unaddressable": "dort unbekannt",
  "tgt.messages": "Nachrichten",
  "tgt.kind": "Nachricht",
  "tgt.when": "Von",
  "tgt.state": "Stand",
  "tgt.why": "Antwort, oder warum nicht",
  "tgt.again": "Nochmals senden",
  "tgt.againAll": "Alle gescheiterten nochmals senden",
  "tgt.againDone": "{n|1 Nachricht wird|{n} Nachrichten werden} nochmals gesendet",
  "tgt.empty": "Keine solche Nachricht ist aufbewahrt.",
};

const da: Record<keyof typeof en, string> = {
  "set.targets": "Underrettede systemer",
  "tgt.title": "Hvad andre systemer får at vide",
  "tgt.text":
    "Hver besked når frem mindst én gang, i rækkefølge for hver person. Af flere trin, der venter, skrives kun det nyeste.",
  "tgt.none":
    "Intet sendes nogen steder hen. Tilføj send: {} til en post i tabellen over forbindelser, eller en webhook.",
  "tgt.addressesOff":
    "E-mailadresser gemmes ikke: den, der ikke kendes ved et nummer dér, kan ikke nås. Linjen keepEmail: true i tabellen ændrer det.",
  "tgt.addressesOn":
    "E-mailadresser på dette websteds personer gemmes krypteret for at nævne kontakter dér. Uden linjen keepEmail: true sletter næste start dem.",
  "tgt.off": "Slukket: {reason}",
  "tgt.last": "Seneste svar for {time} siden: {result}",
  "tgt.never": "Intet er sendt endnu",
  "tgt.waiting": "venter",
  "tgt.delivered": "leveret",
  "tgt.failed": "mislykket",
  "tgt.withdrawn": "trukket tilbage",
  "tgt.superseded": "overhalet",
  "tgt.unaddressable": "ukendt dér",
  "tgt.messages": "Beskeder",
  "tgt.kind": "Besked",
  "tgt.when": "Fra",
  "tgt.state": "Tilstand",
  "tgt.why": "Svar, eller hvorfor ikke",
  "tgt.again": "Send igen",
  "tgt.againAll": "Send alle mislykkede igen",
  "tgt.againDone": "{n|1 besked|{n} beskeder} sendes igen",
  "tgt.empty": "Ingen sådan besked er gemt.",
};

learn({ en, de, da });
export type TargetsWord = keyof typeof en;
