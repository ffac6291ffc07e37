import type { Svg } from "./draw.ts";
import { escaped } from "./report.ts";

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

/**
 * The file's text in the format that its name asks for: `.svg`, or a page for `.html` and `.htm`; null for others. Several
 * pictures stand one under the other.
 */
export function pictureFile(path: string, title: string, picture: Svg | readonly Svg[]): string | null {
  const pictures = typeof picture === "string" ? [picture] : picture;
  if (/\.svg$/i.test(path)) return stacked(pictures);
  return /\.html?$/i.test(path) ? page(title, pictures) : null;
}

/** One picture of several, which say their width and height in pixels themselves. */
function stacked(pictures: readonly Svg[]): Svg {
  const [first = ""] = pictures;
  if (pictures.length <= 1) return first;
  let [width, height] = [0, 0];
  const placed = pictures.map((picture) => {
    const sizeOf = (side: string): number => Number(new RegExp(`^<svg[^>]*? ${side}="(\\d+)`).exec(picture)?.[1] ?? 0);
    const at = picture.replace(/^<svg /, `<svg y="${height}" `);
    width = Math.max(width, sizeOf("width"));
    height += sizeOf("height");
    return at;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${placed.join("")}</svg>`;
}
