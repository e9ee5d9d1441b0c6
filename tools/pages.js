// A page without a kernel. `livePicture` is the picture of an explorer as notebooks have it
// (explorer.js): here it gets a model whose answers come from the frames stored in the page, in
// place of a kernel's. Each control stands at the number of its place, 0 to n − 1; `places.py`
// wrote what is read here.
const GROUPS_KEPT = 4; // of each picture's frames, unpacked

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
// Three numbers for each run, as planes of bytes: the gap before it, its length, its colour's number.
function runsIn(bytes, at, count, palette) {
  const plane = (from, i) => bytes[from + i] | (bytes[from + count + i] << 8) | (bytes[from + 2 * count + i] << 16);
  const runs = { starts: new Uint32Array(count), lengths: new Uint32Array(count), colours: new Uint32Array(count) };
  let end = 0;
  for (let i = 0; i < count; i++) {
    runs.starts[i] = end + plane(at, i);
    runs.lengths[i] = plane(at + 3 * count, i);
    runs.colours[i] = palette[plane(at + 6 * count, i)];
    end = runs.starts[i] + runs.lengths[i];
  }
  return runs;
}

async function openFrames(parts) {
  const [head, colours, base] = await Promise.all(parts.slice(0, 3).map((part) => inflate(part)));
  const frames = { ...JSON.parse(new TextDecoder().decode(head)), palette: new Uint32Array(colours.buffer) };
  const index = new Map(); // key → group, number in it, sentence, places of handles
  frames.frames.forEach((group, g) => group.forEach(([key, sentence, places], n) => {
    if (!index.has(key.join())) index.set(key.join(), { g, n, key, sentence, places });
  }));
  const pixels = frames.width * frames.height, opened = new Map();
  const group = (g) => {
    const found = opened.get(g) ?? inflate(parts[3 + g]);
    opened.delete(g);
    opened.set(g, found);
    if (opened.size > GROUPS_KEPT) opened.delete(opened.keys().next().value);
    return found;
  };
  frames.at = (key) => index.get(key.join());
  frames.base = () => {
    const all = new Uint32Array(pixels).fill(0xffffffff);
    const { starts, lengths, colours } = runsIn(base, 0, base.length / 9, frames.palette);
    starts.forEach((start, i) => all.fill(colours[i], start, start + lengths[i]));
    return all;
  };
  // The group's runs, then the frame's over them. A run of no pixels at either end: the picture
  // takes the first and the last for the top and the bottom of what changed.
  frames.runs = async ({ g, n }) => {
    const bytes = await group(g), counts = frames.counts[g];
    const from = 9 * counts.slice(0, n + 1).reduce((sum, count) => sum + count, 0);
    const [usual, own] = [runsIn(bytes, 0, counts[0], frames.palette), runsIn(bytes, from, counts[n + 1], frames.palette)];
    const whole = (name, last) => [0, ...usual[name], ...own[name], last];
    return new Uint32Array([...whole("starts", pixels), ...whole("lengths", 0), ...whole("colours", 0)]);
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

  // Where one control moves at a time, the others go back to their start. A row stays.
  put(i, value) {
    const { together, start, rows } = this.frames;
    if (this.sliders[i].value === value) return;
    const moved = this.key;
    moved[i] = value;
    if (!together && i !== rows) start.forEach((at, j) => { if (j !== i && j !== rows) moved[j] = at; });
    this.stand(moved);
  }
  stand(key) {
    if (!this.frames.at(key)) key = this.frames.start.map((at, i) => (i === this.frames.rows ? key[i] : at));
    const changed = this.sliders.filter((slider, i) => slider.value !== key[i]);
    key.forEach((value, i) => { this.sliders[i].value = value; });
    this.follow();
    changed.slice(0, 1).forEach((slider) => slider.tell("change:value")); // the picture reads all of them
  }

  makeModel() {
    const { frames } = this, own = listeners();
    const handles = frames.handles.filter((handle) => frames.together || handle.sliders.length === 1);
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
        } else if ("want" in message) answer(message.want, message.asked);
        else if ("need" in message) answer(this.key, 0);
        else if ("grab" in message) {
          const tracks = handles[message.grab].sliders.map((i) => this.track(i, wires[message.grab]));
          own.tell("msg:custom", { kind: "tracks", handle: message.grab, steps: tracks.map((t) => t.length / 2), plain: true }, [new Uint32Array(new Float32Array(tracks.flat()).buffer)]);
        }
      },
    });
  }

  // The places of a handle along all places of one control.
  track(i, handle) {
    const { parameters, start, rows, together } = this.frames;
    return parameters[i].shown.flatMap((_, step) => {
      const key = this.key.map((value, j) => (j === i ? step : together || j === rows ? value : start[j]));
      return this.frames.at(key).places.slice(2 * handle, 2 * handle + 2).map((v) => v ?? NaN);
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
    if (!frames.together && rows < 0 && point.filter((at, i) => at !== start[i]).length > 1) {
      const button = make("button", { type: "button" }, make("div", { class: "lossviz-row lossviz-short" }, element.querySelector(".lossviz-controls")), "Show its point");
      button.disabled = this.asleep;
      button.addEventListener("click", () => this.stand([...point]));
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
