// The photo album: four pictures painted here and now, or a file of the computer.

import { button, h } from "./dom.js";
import { keepPicture } from "./doors.js";
import { t } from "./words.js";

const [WIDTH, HEIGHT] = [480, 360];
const PAINTINGS = [
  { sky: ["#fde7c8", "#f7b58f"], hill: "#d9734e", sun: "#fff4d8" },
  { sky: ["#cfeafc", "#f3fbff"], hill: "#5aa9a3", sun: "#ffd97a" },
  { sky: ["#28335a", "#6a5b95"], hill: "#1b2140", sun: "#f6efd0" },
  { sky: ["#e3f4df", "#fdf8e6"], hill: "#6cae6a", sun: "#f59f7d" },
];

export function album(appid, done) {
  const file = h("input", { type: "file", accept: "image/png,image/jpeg,image/gif,image/webp", hidden: true });
  file.addEventListener("change", async () => file.files.length && done(await keepPicture(appid, file.files[0])));
  const paintings = PAINTINGS.map((colours, index) => {
    const canvas = paint(colours, index);
    const give = () => canvas.toBlob(async (blob) => done(await keepPicture(appid, blob)), "image/png");
    return button(canvas, give, { class: index ? "painting" : "painting go-first", "aria-label": `${t("aPicture")} ${index + 1}` });
  });
  return [h("h2", {}, t("album")), h("div", { class: "paintings" }, paintings), h("div", { class: "sheet-row" }, button(t("cancel"), () => done(), { class: "soft" }), button(t("chooseFile"), () => file.click(), { class: "soft" }), file)];
}

function paint({ sky, hill, sun }, seed) {
  const canvas = h("canvas", { width: WIDTH, height: HEIGHT });
  const brush = canvas.getContext("2d");
  const air = brush.createLinearGradient(0, 0, 0, HEIGHT);
  air.addColorStop(0, sky[0]);
  air.addColorStop(1, sky[1]);
  brush.fillStyle = air;
  brush.fillRect(0, 0, WIDTH, HEIGHT);
  brush.fillStyle = sun;
  brush.beginPath();
  brush.arc(120 + seed * 70, 96, 42, 0, Math.PI * 2);
  brush.fill();
  brush.fillStyle = hill;
  for (const [height, alpha] of [[210, 0.45], [255, 0.7], [300, 1]]) {
    brush.globalAlpha = alpha;
    brush.beginPath();
    brush.moveTo(0, HEIGHT);
    for (let x = 0; x <= WIDTH; x += 12) brush.lineTo(x, height + Math.sin(x / 70 + seed * 2 + height) * 26);
    brush.lineTo(WIDTH, HEIGHT);
    brush.fill();
  }
  brush.globalAlpha = 1;
  return canvas;
}
