import type { Svg } from "./draw.ts";

/** A page that needs nothing else: the pictures stand in it, one under the other. */
export function page(title: string, pictures: readonly Svg[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>body{font-family:sans-serif;margin:1rem}svg{display:block;margin-bottom:1rem;max-width:100%;height:auto}</style>
</head>
<body>
${pictures.join("\n")}
</body>
</html>
`;
}

/** The file's text in the format that its name asks for: `.svg`, or a page for `.html` and `.htm`; null for others. */
export function pictureFile(path: string, title: string, picture: Svg): string | null {
  if (/\.svg$/i.test(path)) return picture;
  return /\.html?$/i.test(path) ? page(title, [picture]) : null;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
