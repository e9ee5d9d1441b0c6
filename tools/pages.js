// A page without a kernel. `livePicture` is the picture of an explorer as notebooks have it
// (explorer.js): here it gets a model whose answers come from the frames stored in the page, in
// place of a kernel's. Each control stands at the number of its place, 0 to n − 1; `places.py`
// wrote what is read here.

async function inflate(text, format = "deflate") {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const make = (tag, attributes = {}, parent = null, text = "") => {
  const node = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  node.textContent = text;
  return parent ? parent.appendChild(node) : node;
};

// ---- formulas
function typeset(node) {
  node.classList.remove("mathjax_ignore");
  const started = window.MathJax?.startup?.promise;
  return started?.then(() => MathJax.typesetPromise([node])).catch(console.error);
}
async function startMathJax() {
  const code = await inflate(document.getElementById("lossviz-mathjax").textContent, "gzip");
  make("script", {}, document.head, new TextDecoder().decode(code));
}

// ---- frames
// A number is three bytes, each in a plane of its own; planes of `count` numbers begin at `from`.
const numberIn = (bytes, from, count) => (i) => bytes[from + i] | (bytes[from + count + i] << 8) | (bytes[from + 2 * count + i] << 16);
const bytesPerRun = 9;
function runsIn(bytes) {
  const count = bytes.length / bytesPerRun;
  return [0, 3, 6].map((at) => numberIn(bytes, at * count, count));
}

async function openFrames(parts) {
  const [head, colours] = await Promise.all(parts.slice(0, 2).map((part) => inflate(part)));
  const frames = { ...JSON.parse(new TextDecoder().decode(head)), palette: new Uint32Array(colours.buffer) };
  const { width, height, tile: [wide, high] } = frames;
  const across = Math.ceil(width / wide), tiles = across * Math.ceil(height / high), many = frames.frames.length;
  const index = new Map(frames.frames.map(([key, sentence, places], n) => [key.join(), { n, key, sentence, places }]));
  let opened = null; // tiles and their numbers, while the picture is near the screen
  const open = async () => {
    const [counts, runs, numbers] = await Promise.all(parts.slice(3).map((part) => inflate(part)));
    const count = numberIn(counts, 0, counts.length / 3), first = [0, 0]; // of the runs of tile 1, 2, …
    for (let n = 0; n < counts.length / 3; n++) first.push(first[n + 1] + count(n));
    return { first, runs: runsIn(runs), number: numberIn(numbers, 0, tiles * many) };
  };
  frames.at = (key) => index.get(key.join());
  frames.close = () => { opened = null; };
  frames.base = async () => {
    const bytes = await inflate(parts[2]), all = new Uint32Array(width * height).fill(0xffffffff);
    const [gap, length, colour] = runsIn(bytes);
    for (let i = 0, at = 0; i < bytes.length / bytesPerRun; i++) {
      at += gap(i);
      all.fill(frames.palette[colour(i)], at, (at += length(i)));
    }
    return all;
  };
  // The runs of a frame's tiles; one that goes on in a tile's next row is cut there. A run of no
  // pixels at either end: the picture takes the first and the last for the top and the bottom of
  // what changed.
  frames.runs = async ({ n }) => {
    const { first, runs: [gap, length, colour], number } = await (opened ??= open());
    const starts = [0], lengths = [0], colours = [0];
    for (let tile = 0; tile < tiles; tile++) {
      const found = number(tile * many + n);
      const corner = Math.floor(tile / across) * high * width + (tile % across) * wide;
      for (let i = first[found], at = 0; i < first[found + 1]; i++) {
        at += gap(i);
        for (let left = length(i), part; left; left -= part, at += part) {
          part = Math.min(left, wide - (at % wide));
          starts.push(corner + Math.floor(at / wide) * width + (at % wide));
          lengths.push(part);
          colours.push(frames.palette[colour(i)]);
        }
      }
    }
    return new Uint32Array([...starts, width * height, ...lengths, 0, ...colours, 0]);
  };
  return frames;
}

// ---- a picture: its model, its controls, and what follows them
const listeners = () => {
  const heard = new Map();
  return {
    on(names, call) { names.split(" ").forEach((name) => heard.set(name, [...(heard.get(name) ?? []), call])); return this; },
    off(names, call) { names.split(" ").forEach((name) => heard.set(name, (heard.get(name) ?? []).filter((f) => f !== call))); return this; },
    tell(name, ...said) { (heard.get(name) ?? []).forEach((call) => call(...said)); },
  };
};

class Explorer {
  constructor(element, frames) {
    Object.assign(this, { element, frames, asleep: element.dataset.asleep === "1", picked: null });
    this.sliders = frames.parameters.map((_, i) => this.slider(i));
    this.shows = frames.parameters.map((parameter, i) => this.control(parameter, i));
    this.model = this.makeModel();
    this.follow();
    this.sleep(this.asleep);
  }

  get key() { return this.sliders.map((slider) => slider.value); }

  slider(i) {
    const own = listeners(), explorer = this;
    return Object.assign(own, {
      value: this.frames.start[i], comm_live: true,
      get: (name) => (name === "disabled" ? explorer.asleep : own.value),
      set: (_, value) => explorer.put(i, value),
      save_changes() {}, set_state() {},
    });
  }

  // Where controls move one at a time, the other ones of those go back to their start.
  put(i, value) {
    if (this.sliders[i].value === value) return;
    this.stand(this.alone(i, value));
  }
  alone(i, value) {
    const { lone, start } = this.frames;
    return this.key.map((at, j) => (j === i ? value : lone.includes(i) && lone.includes(j) ? start[j] : at));
  }
  stand(key) {
    const { frames } = this; // from the point, where several of them have moved, they all go back
    if (!frames.at(key)) key = key.map((at, j) => (frames.lone.includes(j) ? frames.start[j] : at));
    const changed = this.sliders.filter((slider, i) => slider.value !== key[i]);
    key.forEach((value, i) => { this.sliders[i].value = value; });
    this.follow();
    changed.slice(0, 1).forEach((slider) => slider.tell("change:value")); // the picture reads all of them
  }

  makeModel() {
    const { frames } = this, own = listeners();
    const apart = (sliders) => sliders.filter((i) => frames.lone.includes(i)).length > 1;
    const handles = frames.handles.filter((handle) => !apart(handle.sliders));
    const state = {
      controls: this.sliders.map((_, i) => `IPY_MODEL_${i}`),
      grids: frames.parameters.map(({ shown }) => ({ low: 0, step: 1, log: false, count: shown.length - 1 })),
      handles, zoom: frames.zoom, size: frames.size, context: "", error: "",
      off_grid: this.sliders.map(() => null), first_sentence: frames.at(frames.start).sentence,
    };
    const wires = handles.map((handle) => frames.handles.indexOf(handle));
    const answer = async (key, asked) => {
      const found = frames.at(key);
      const runs = found && (await frames.runs(found));
      const places = found && wires.flatMap((n) => found.places.slice(2 * n, 2 * n + 2));
      const frame = found && { values: key, sliders: key, context: "", sentence: found.sentence, whole: false, bytes: runs.byteLength, places };
      own.tell("msg:custom", { kind: "frames", live: true, asked, frames: found ? [frame] : [], plain: true }, [runs ?? new Uint32Array()]);
    };
    return Object.assign(own, {
      get: (name) => state[name],
      widget_manager: { get_model: async (number) => this.sliders[Number(number)] },
      send: (message) => {
        if ("hello" in message) {
          own.tell("msg:custom", { kind: "base", width: frames.width, height: frames.height, plain: true }, [frames.base()]);
          answer(this.key, 0);
        } else if ("bye" in message) frames.close();
        else if ("want" in message) answer(message.want, message.asked);
        else if ("grab" in message) {
          const tracks = handles[message.grab].sliders.map((i) => this.track(i, wires[message.grab]));
          own.tell("msg:custom", { kind: "tracks", handle: message.grab, steps: tracks.map((t) => t.length / 2), plain: true }, [new Uint32Array(new Float32Array(tracks.flat()).buffer)]);
        }
      },
    });
  }

  // The places of a handle along all places of one control.
  track(i, handle) {
    return this.frames.parameters[i].shown.flatMap((_, step) => {
      const places = this.frames.at(this.alone(i, step)).places;
      return places.slice(2 * handle, 2 * handle + 2).map((v) => v ?? NaN);
    });
  }

  // ---- controls
  control({ kind, label, said, shown, words }, i) {
    const row = make("div", { class: kind === "slider" ? "lossviz-row" : "lossviz-row lossviz-short" }, this.element.querySelector(".lossviz-controls"));
    const id = `lossviz-control-${this.element.dataset.picture}-${i}`;
    const set = (value) => this.put(i, value);
    if (kind === "slider") {
      make("label", { for: id }, row, label);
      const range = make("input", { type: "range", id, min: 0, max: shown.length - 1, step: 1 }, row);
      const output = make("output", { for: id }, row);
      const reset = make("button", { type: "button", class: "lossviz-reset", "aria-label": `Reset ${label}`, title: `Reset ${label}` }, row, "↺");
      output.style.minWidth = `${Math.max(...shown.map((text) => text.length))}ch`;
      range.addEventListener("input", () => set(Number(range.value)));
      reset.addEventListener("click", () => set(this.frames.start[i]));
      return (value) => {
        range.value = value;
        range.setAttribute("aria-valuetext", words[value]);
        output.textContent = shown[value];
      };
    }
    if (kind === "press") {
      const button = make("button", { type: "button" }, row, label);
      button.addEventListener("click", () => set((this.sliders[i].value + 1) % shown.length));
      return () => {};
    }
    if (kind === "toggle") {
      const whole = make("label", {}, row), box = make("input", { type: "checkbox" }, whole);
      whole.append(` ${label}`);
      box.addEventListener("change", () => set(Number(box.checked)));
      return (value) => { box.checked = value === 1; };
    }
    const group = make("div", { role: "radiogroup", "aria-label": label, class: "lossviz-choice" }, row);
    if (said) make("span", { "aria-hidden": "true" }, group, said);
    const boxes = shown.map((text, value) => {
      const whole = make("label", {}, group), box = make("input", { type: "radio", name: id, value }, whole);
      whole.append(` ${text}`);
      box.addEventListener("change", () => set(value));
      return box;
    });
    return (value) => { boxes[value].checked = true; };
  }

  follow() {
    const { frames, element, key } = this;
    this.shows.forEach((show, i) => show(key[i]));
    if (frames.rows < 0) return;
    const line = key[frames.rows], place = key.map((value, i) => (i === frames.rows ? 0 : value));
    const { rows, picks } = frames.texts[place.join()], told = !picks || this.picked !== null;
    element.querySelectorAll(".lossviz-rows > li").forEach((row, k) => {
      if (!picks && k <= line && row.classList.contains("mathjax_ignore")) typeset(row);
      row.hidden = !picks && k > line;
      row.classList.toggle("lossviz-here", k === line);
      row.querySelector(".lossviz-live").innerHTML = told ? rows[k] : "";
    });
    if (picks && told) {
      const feedback = element.querySelector(".lossviz-question .lossviz-feedback");
      feedback.innerHTML = picks[this.picked];
      typeset(feedback);
    }
  }

  sleep(asleep) {
    this.asleep = asleep;
    this.element.querySelectorAll(".lossviz-controls :is(input, button)").forEach((control) => { control.disabled = asleep; });
    this.sliders.forEach((slider) => slider.tell("change:disabled"));
  }

  // ---- what stands above
  listen() {
    const { element, frames } = this, { rows } = frames;
    const last = rows < 0 ? 0 : frames.parameters[rows].shown.length - 1;
    const moves = { back: (k) => Math.max(0, k - 1), next: (k) => Math.min(last, k + 1), all: () => last };
    Object.entries(moves).forEach(([name, move]) => element.querySelector(`:scope > .lossviz-buttons [data-do=${name}]`)
      ?.addEventListener("click", () => this.put(rows, move(this.sliders[rows].value))));
    if (element.dataset.kind === "spot")
      element.querySelectorAll(".lossviz-question input").forEach((radio) => radio.addEventListener("change", () => {
        this.picked = Number(radio.value);
        this.sleep(false);
        this.follow();
      }));
    const { start, point } = frames;
    if (frames.lone.filter((i) => point[i] !== start[i]).length > 1) {
      const row = make("div", { class: "lossviz-row lossviz-short lossviz-point" }, element.querySelector(".lossviz-controls"));
      const button = make("button", { type: "button" }, row, "Show its point");
      const said = make("span", { role: "status", class: "lossviz-note" }, row);
      const moved = point.map((at, i) => i).filter((i) => point[i] !== start[i]);
      button.disabled = this.asleep;
      button.addEventListener("click", () => {
        this.stand([...point]);
        said.textContent = `It is at ${moved.map((i) => frames.parameters[i].words[point[i]]).join(", ")}.`;
      });
      this.sliders.forEach((slider) => slider.on("change:value", () => { said.textContent = ""; }));
    }
  }
}

async function openExplorer(element) {
  const stored = document.getElementById(`lossviz-frames-${element.dataset.picture}`);
  const explorer = new Explorer(element, await openFrames(JSON.parse(stored.textContent)));
  stored.remove();
  explorer.listen();
  const picture = livePicture();
  await picture.initialize({ model: explorer.model });
  picture.render({ model: explorer.model, el: element.querySelector(".lossviz-screen") });
  return explorer;
}

// ---- questions: the first answer stays, further ones only earn their feedback
function openQuestion(element, wake) {
  const find = (selector) => element.querySelector(selector);
  const [feedback, kept, note, skip] = [".lossviz-feedback", ".lossviz-kept", ".lossviz-note", "[data-do=skip]"].map(find);
  const earned = element.querySelectorAll("template");
  const say = (node, html) => { node.innerHTML = html; typeset(node); };
  const awake = () => {
    note?.remove();
    if (skip) skip.disabled = true;
    wake();
  };
  find("[data-do=answer]")?.addEventListener("click", () => {
    const chosen = find("input:checked");
    if (!chosen) return say(feedback, "Choose an option first.");
    say(feedback, earned[Number(chosen.value)].innerHTML);
    if (!kept.textContent) {
      const label = chosen.parentElement.cloneNode(true);
      kept.replaceChildren("Your first answer: ", ...[...label.childNodes].slice(1));
    }
    awake();
  });
  skip?.addEventListener("click", () => {
    feedback.textContent = "Skipped. You can still answer.";
    awake();
  });
}

(async () => {
  const explorers = new Map([...document.querySelectorAll(".lossviz-explorer")].map((element) => [element, openExplorer(element)]));
  for (const element of document.querySelectorAll(".lossviz-question:not([data-kind=spot] *)"))
    openQuestion(element, async () => (await explorers.get(element.closest(".lossviz-explorer")))?.sleep(false));
  startMathJax();
  await Promise.all(explorers.values());
  document.documentElement.dataset.ready = "yes";
})().catch((error) => console.error("lossviz:", error));
