/**
 * Text as every bank passes it on: the Latin characters of the SEPA schemes, into which others are converted as the European Payments Council's best practices say (EPC217-08): letters
 * lose their marks, Greek and Cyrillic letters are written in Latin ones, and what has no counterpart is a full stop.
 */

const ALLOWED = /[A-Za-z0-9/\-?:().,'+ ]/;

/** Letters that are no Latin one with a mark. */
const LETTERS: Record<string, string> = {
  ...pairs("ß s Æ A æ a Œ O œ o Ø O ø o Đ D đ d Ð D ð d Þ T þ t Ħ H ħ h Ł L ł l ı i ĸ k Ŋ N ŋ n Ŧ T ŧ t ŉ n ſ s € E"),
  // Greek
  ...pairs("Α A Β V Γ G Δ D Ε E Ζ Z Η I Θ TH Ι I Κ K Λ L Μ M Ν N Ξ X Ο O Π P Ρ R Σ S Τ T Υ Y Φ F Χ CH Ψ PS Ω O"),
  ...pairs("α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r ς s σ s τ t υ y φ f χ ch ψ ps ω o"),
  // Bulgarian, and letters of its neighbours
  ...pairs("А A Б B В V Г G Д D Е E Ж ZH З Z И I Й Y К K Л L М M Н N О O П P Р R С S Т T У U Ф F Х H Ц TS Ч CH Ш SH"),
  ...pairs("Щ SHT Ъ A Ы Y Ь Y Э E Ю YU Я YA Ё E Ђ D Ј J Љ LJ Њ NJ Ћ C Џ DZ Ѓ G Ќ K Ѕ DZ І I Ї I Є E Ґ G"),
  ...pairs("а a б b в v г g д d е e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х h ц ts ч ch ш sh"),
  ...pairs("щ sht ъ a ы y ь y э e ю yu я ya ё e ђ d ј j љ lj њ nj ћ c џ dz ѓ g ќ k ѕ dz і i ї i є e ґ g"),
};

const SIGNS: Record<string, string> = {
  ...pairs("& + ; , _ - ~ - ` ' ´ ' ’ ' ‘ ' – - — - [ ( { ( < ( ] ) } ) > ) \\ / | /"),
  '"': "'",
  "“": "'",
  "”": "'",
  "„": "'",
};

/** What is written in other letters, with one blank between words. A text may neither begin nor end with a slash, nor hold two together. */
export function sepaText(text: string): string {
  return [...text.normalize("NFC")]
    .map(written)
    .join("")
    .replace(/\/{2,}/g, "/")
    .replace(/ {2,}/g, " ")
    .replace(/^[/ ]+|[/ ]+$/g, "");
}

/** True where something to read is left. */
export function isWritable(text: string): boolean {
  return /[A-Za-z0-9]/.test(sepaText(text));
}

function written(character: string): string {
  if (/\s/u.test(character)) return " ";
  if (ALLOWED.test(character)) return character;
  const known = LETTERS[character] ?? SIGNS[character];
  if (known !== undefined) return known;
  // Without its marks it may be known.
  const base = [...character.normalize("NFKD")].filter((part) => !/\p{M}/u.test(part));
  if (base.length === 0) return "";
  const letters = base.map((part) => (ALLOWED.test(part) ? part : (LETTERS[part] ?? SIGNS[part])));
  return letters.every((letter) => letter !== undefined) ? letters.join("") : ".";
}

/** Every second word stands for the one before it. */
function pairs(text: string): Record<string, string> {
  const words = text.split(" ");
  return Object.fromEntries(words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? ""]] : [])));
}
