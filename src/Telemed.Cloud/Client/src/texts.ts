/** The words of the page's language, as the page brings them; keys are those of Pages/Texts. */
export class Texts {
  constructor(private readonly words: Readonly<Record<string, string>>) {}

  /** The text of a key with its {0}, {1} … filled. An unknown key shows itself: visible, never empty. */
  get(key: string, ...values: (string | number)[]): string {
    const text = this.words[key] ?? key;
    return text.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ""));
  }

  /** The text in singular or plural. */
  count(key: string, count: number): string {
    return this.get(`${key}.${count === 1 ? "one" : "other"}`, count);
  }

  has(key: string): boolean {
    return key in this.words;
  }
}
