/** Prompt templates are bundled as text (esbuild's text loader; a four-line plugin under vitest). */
declare module '*.md' {
  const text: string;
  export default text;
}
