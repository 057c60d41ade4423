/** Values of a link less what sticks to them and nobody can see, at which some systems end. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const CONTROLS = new RegExp(CONTROL, "g");

/** The text without its control characters. */
export function withoutControls(text: string): string {
  // Hardly any has one, and looking costs a third of replacing nothing.
  return CONTROL.test(text) ? text.replace(CONTROLS, "") : text;
}
