// Charts over time, drawn with uPlot from the data that stands on the page. Colours are the legend's own.

const HEIGHT = 200;
// Nothing happens half a time.
const WHOLE = [1, 2, 5]
  .flatMap((digit) => Array.from({ length: 9 }, (_, zeros) => digit * 10 ** zeros))
  .sort((a, b) => a - b);

function colourOf(element, name) {
  const probe = document.createElement("span");
  probe.className = name;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function draw(place) {
  const { labels, series, texts, rows, unit, open } = JSON.parse(place.dataset.chart);
  const legend = [...place.closest("figure").querySelectorAll(".legend li")];
  const ink = colourOf(place, "plot-ink");
  const grid = { stroke: colourOf(place, "plot-grid"), width: 1 };
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const short = shortOf(labels);
  const axis = { stroke: ink, font, grid, ticks: { show: false } };
  place.replaceChildren();
  place.classList.toggle(
    "opening",
    rows.some((own) => own.some((address) => address)),
  );
  const lines = legend.map((item, index) => ({
    ...lineOf(item),
    values: series[index],
    texts: texts[index],
    rows: rows[index] ?? [],
  }));
  const drawn = lines.flatMap((line) =>
    open === null || line.isBefore ? [line] : [upTo(line, open), onto(line, open)],
  );
  const plot = new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      padding: [10, 26, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 7 } },
      scales: { x: { time: false }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] } },
      axes: [
        {
          ...axis,
          size: 28,
          values: (_, splits) => splits.map((at) => (Number.isInteger(at) ? (short[at] ?? "") : "")),
          grid: { show: false },
        },
        {
          ...axis,
          size: 52,
          ...(unit === "count" ? { incrs: WHOLE } : {}),
          values: (_, splits) => splits.map((value) => written(value, unit)),
        },
      ],
      series: [{}, ...drawn.map((line) => line.look)],
      hooks: { setCursor: [(plot) => tip(place, plot, labels, lines)] },
    },
    [labels.map((_, index) => index), ...drawn.map((line) => line.values)],
    place,
  );
  // Without a pointer the numbers beside the chart lead to the same rows.
  plot.over.addEventListener("click", () => {
    const address = nearest(plot, lines)?.rows[plot.cursor.idx];
    if (address) location.assign(address);
  });
  return plot;
}

/** The line whose point is the nearest to the pointer, of those whose point opens rows. */
function nearest(plot, lines) {
  const { idx, top } = plot.cursor;
  const far = ({ values }) => Math.abs(plot.valToPos(values[idx] ?? 0, "y") - top);
  return lines.filter(({ rows }) => rows[idx]).sort((left, right) => far(left) - far(right))[0];
}

// What is over stands in a whole line, and what goes on is dotted, so that the hour or day that has just begun does not look like a fall.
function upTo(line, open) {
  return { ...line, values: line.values.map((value, index) => (index < open ? value : null)) };
}

function onto(line, open) {
  const values = line.values.map((value, index) => (index === open || index === open - 1 ? value : null));
  return { ...line, values, look: { ...line.look, dash: [2, 4] } };
}

function lineOf(item) {
  const { color } = getComputedStyle(item);
  const isBefore = item.dataset.look === "before";
  const look = {
    stroke: color,
    width: isBefore ? 1.5 : 2,
    dash: isBefore ? [4, 4] : [],
    // A value between two gaps has no line to be seen by.
    points: { show: true, size: 5, filter: (plot, index) => alone(plot.data[index]) },
    spanGaps: false,
  };
  return { name: item.textContent, isBefore, look };
}

function alone(values) {
  const is = (index) => values[index] !== null && values[index] !== undefined;
  return values.flatMap((_, index) => (is(index) && !is(index - 1) && !is(index + 1) ? [index] : []));
}

// Of hours the time, of days the date without its year, unless years differ; what is neither, whole.
function shortOf(labels) {
  const years = new Set(labels.map((label) => label.slice(0, 4)));
  return labels.map((label) => {
    if (!/^\d{4}-/.test(label)) return label;
    if (label.length > 10) return label.slice(11, 16);
    return years.size > 1 ? label : label.slice(5);
  });
}

function written(value, unit) {
  if (unit === "share") return `${Math.round(value * 1000) / 10} %`;
  return new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

function tip(place, plot, labels, lines) {
  let box = place.querySelector(".tip");
  if (!box) {
    box = document.createElement("div");
    box.className = "tip";
    place.append(box);
  }
  const at = plot.cursor.idx;
  box.hidden = at === null || at === undefined;
  if (box.hidden) return;
  const rows = lines.map(({ name, texts }) => `${name}: ${texts[at] ?? "–"}`);
  box.textContent = [labels[at].slice(0, 16).replace("T", " "), ...rows].join("\n");
  const isRight = plot.cursor.left > plot.over.clientWidth / 2;
  box.dataset.side = isRight ? "left" : "right";
}

const plots = new Map();

function drawAll() {
  for (const place of document.querySelectorAll("[data-chart]")) {
    plots.get(place)?.destroy();
    plots.set(place, draw(place));
  }
}

const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const plot = plots.get(target);
    if (plot && plot.width !== target.clientWidth) plot.setSize({ width: target.clientWidth, height: HEIGHT });
  }
});

drawAll();
for (const place of plots.keys()) watcher.observe(place);
document.addEventListener("themechange", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
