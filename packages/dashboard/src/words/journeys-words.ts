/** Words of the page of journeys, in every language. */
import { learn } from "../words.ts";

const en = {
  "jour.models": "Who gets the credit, model by model",
  "jour.modelsSub":
    "Conversions per channel under every model. A wide spread means the answer depends on the model.",
  "jour.conversion": "Conversion",
  "conv.order": "Orders",
  "conv.first_order": "First orders",
  "conv.sign_up": "Sign-ups",
  "jour.spread": "Spread",
  "jour.assisted": "Assisted",
  "jour.little": "Few conversions: take the Markov column with care.",
  "jour.paths": "Ways to a conversion",
  "jour.pathsSub": "Most travelled first",
  "jour.of": "of {n} different ways",
  "jour.touches": "Touches before a conversion",
  "jour.days": "Days from first touch to conversion",
  "jour.median": "median {n}",
  "jour.why": "Why did it count there?",
  "jour.whySub": "Each conversion with the touches before it and the share of each",
  "jour.unattributed": "no touch before it",
} as const;

const de: Record<keyof typeof en, string> = {
  "jour.models": "Wer den Verdienst bekommt, Modell für Modell",
  "jour.modelsSub": "Abschlüsse je Kanal unter jedem Modell. Große Spanne: die Antwort hängt vom Modell ab.",
  "jour.conversion": "Abschluss",
  "conv.order": "Bestellungen",
  "conv.first_order": "Erstbestellungen",
  "conv.sign_up": "Anmeldungen",
  "jour.spread": "Spanne",
  "jour.assisted": "Beteiligt",
  "jour.little": "Wenige Abschlüsse: die Spalte Markov mit Vorsicht lesen.",
  "jour.paths": "Wege zum Abschluss",
  "jour.pathsSub": "Häufigste zuerst",
  "jour.of": "von {n} verschiedenen Wegen",
  "jour.touches": "Kontakte vor einem Abschluss",
  "jour.days": "Tage vom ersten Kontakt bis zum Abschluss",
  "jour.median": "Median {n}",
  "jour.why": "Warum zählt es dort?",
  "jour.whySub": "Jeder Abschluss mit den Kontakten davor und dem Anteil eines jeden",
  "jour.unattributed": "kein Kontakt davor",
};

const da: Record<keyof typeof en, string> = {
  "jour.models": "Hvem får æren, model for model",
  "jour.modelsSub": "Konverteringer pr. kanal under hver model. Stor spredning: svaret afhænger af modellen.",
  "jour.conversion": "Konvertering",
  "conv.order": "Ordrer",
  "conv.first_order": "Første ordrer",
  "conv.sign_up": "Tilmeldinger",
  "jour.spread": "Spredning",
  "jour.assisted": "Medvirkede",
  "jour.little": "Få konverteringer: læs Markov-kolonnen med forsigtighed.",
  "jour.paths": "Veje til en konvertering",
  "jour.pathsSub": "Mest brugte først",
  "jour.of": "af {n} forskellige veje",
  "jour.touches": "Kontakter før en konvertering",
  "jour.days": "Dage fra første kontakt til konvertering",
  "jour.median": "median {n}",
  "jour.why": "Hvorfor tæller det dér?",
  "jour.whySub": "Hver konvertering med kontakterne før den og hver kontakts andel",
  "jour.unattributed": "ingen kontakt før",
};

learn({ en, de, da });
export type JourneysWord = keyof typeof en;
