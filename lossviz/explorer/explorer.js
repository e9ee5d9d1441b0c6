// The picture of an explorer in the browser: a canvas that holds the frame of the sliders' values.
// A frame is the base picture with runs of pixels painted over; the kernel sends frames ahead of
// the hand, so most are here before they are asked for; of the rest it is asked for the newest.
const CACHE_BYTES = 48e6; // inflated frames kept; those furthest from the hand go first
const ASK_AGAIN_AFTER = 400; // ms without the wanted frame: the question or its answer was lost
const SAY_AFTER = 500; // ms of rest before a screen reader is told the new sentence
const TELL_EVERY = 100; // ms between the values that the kernel is told while a slider moves
const ASKED_AT_ONCE = 3; // frames asked for and not yet here
const NEAR = 300, FAR = 3000; // px from the screen: frames are wanted, frames are given back
const GIVE_BACK_AFTER = 10000; // ms far from the screen
const PRESS_WAITS = 10000; // ms at most until the kernel has heard of the sliders

function inflate(view) {
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  writer.write(view);
  writer.close();
  return new Response(stream.readable).arrayBuffer();
}

// ipywidgets labels a slider, but not the handle that takes the focus. A formula wider than its room
// scrolls, so the keyboard must reach it.
function nameHandles(explorer) {
  explorer.querySelectorAll(".lossviz-formula:not([tabindex])").forEach((formula) => {
    Object.entries({ tabindex: "0", role: "group", "aria-label": "Formula" }).forEach(([k, v]) => formula.setAttribute(k, v));
  });
  explorer.querySelectorAll(".noUi-handle:not([aria-label])").forEach((handle) => {
    const label = handle.closest(".widget-slider")?.querySelector(".widget-label");
    if (label?.textContent) handle.setAttribute("aria-label", label.textContent);
  });
}

export default () => {
  const views = new Set();
  const cache = new Map(); // key → frame
  let model, controls, sliders, image, px, base, shown, shownFrame, lackTimer, sayTimer, asleep;
  let bytes = 0, want = null, sentence = "", arriving = Promise.resolve(), finished = false;
  let greeted = false, asked = 0, answered = 0, askAgain = false, approached, farTimer;
  let tellNow = []; // for each slider: what is kept back goes to the kernel
  let places = []; // of the handles in the frame that is shown: across and down, one after the other
  const stats = { hits: 0, misses: 0, took: 0, since: 0 }; // since the last hello
  const tracks = []; // for each handle the places along the grid of each of its sliders

  // ---- which frame: values on a slider's grid are its step number, so that 0.3 and 0.1 + 0.2 agree
  const indexOf = (i, value) => {
    const { low, step, log } = model.get("grids")[i];
    return (log ? Math.log10(value / low) : value - low) / step;
  };
  const keyOf = (context, values) =>
    context + "|" + values.map((value, i) => {
      const index = indexOf(i, value);
      return Math.abs(index - Math.round(index)) < 1e-6 ? Math.round(index) : `=${value}`;
    }).join();
  const hand = () => sliders.map((slider, i) => {
    const value = slider.get("value"), exact = model.get("off_grid")[i];
    return exact && Math.round(indexOf(i, value)) === exact.index ? exact.value : value;
  });
  const wanted = () => keyOf(model.get("context"), hand());

  // ---- painting
  function paint(key, frame) {
    if (key === shown && frame === shownFrame) return;
    const previous = shownFrame;
    const fits = image && views.size && [...views].every((v) => v.canvas.width === image.width && v.canvas.height === image.height);
    if (!fits) views.forEach((v) => { v.canvas.width = image.width; v.canvas.height = image.height; });
    let top = 0, bottom = image.height;
    if (frame.whole) px.set(frame.data);
    else {
      if (!previous || previous.whole) px.set(base);
      else {
        const { starts, lengths } = previous;
        for (let i = 0; i < starts.length; i++)
          for (let j = starts[i], end = j + lengths[i]; j < end; j++) px[j] = base[j];
        if (fits) { top = Math.min(previous.top, frame.top); bottom = Math.max(previous.bottom, frame.bottom); }
      }
      const { starts, lengths, colours } = frame;
      for (let i = 0; i < starts.length; i++) px.fill(colours[i], starts[i], starts[i] + lengths[i]);
    }
    views.forEach((v) => v.pen.putImageData(image, 0, 0, 0, top, image.width, bottom - top));
    shown = key; shownFrame = frame; places = frame.places;
    views.forEach(placeHandles);
    say(frame.sentence);
  }
  function say(text) {
    sentence = text;
    views.forEach((v) => { v.readout.textContent = text; v.canvas.setAttribute("aria-label", text); });
    clearTimeout(sayTimer);
    sayTimer = setTimeout(() => views.forEach((v) => { v.spoken.textContent = text; }), SAY_AFTER);
  }

  // ---- frames from the kernel
  function unpack(data, whole, text) {
    if (whole) return { whole, data, sentence: text, size: data.byteLength };
    const n = data.length / 3;
    const [starts, lengths, colours] = [0, 1, 2].map((i) => data.subarray(i * n, (i + 1) * n));
    const top = n ? Math.floor(starts[0] / image.width) : 0;
    const bottom = n ? Math.ceil((starts[n - 1] + lengths[n - 1]) / image.width) : 0;
    return { starts, lengths, colours, top, bottom, sentence: text, size: data.byteLength };
  }
  function stepsFromHand() { // to a frame, for each slider; to one of another context there is no way
    const here = hand(), context = model.get("context");
    return (f) => (f.context === context ? f.sliders.map((value, i) => Math.abs(indexOf(i, value) - indexOf(i, here[i]))) : null);
  }
  function keep(key, frame) {
    bytes += frame.size - (cache.get(key)?.size ?? 0);
    cache.set(key, frame);
    if (bytes <= CACHE_BYTES) return [];
    const stepsTo = stepsFromHand();
    const far = (f) => { // steps of one slider; the next gesture cannot reach where two moved
      const moved = stepsTo(f)?.filter((count) => count > 1e-6);
      return !moved ? 2e9 : moved.length > 1 ? 1e9 : moved[0] ?? 0;
    };
    const dropped = [];
    const entries = [...cache].map(([k, f]) => [far(f), k, f]).sort(([a], [b]) => b - a);
    for (const [, k, f] of entries) {
      if (bytes <= 0.9 * CACHE_BYTES) break; // a few at a time
      if (k === want || k === key) continue;
      cache.delete(k);
      bytes -= f.size;
      dropped.push(f.values);
    }
    return dropped;
  }
  function take(message, data) {
    if (finished) return;
    if (message.kind === "tracks") {
      let start = 0;
      const places = new Float32Array(data.buffer);
      tracks[message.handle] = message.steps.map((n) => places.subarray(start, (start += 2 * n)));
      return views.forEach((v) => v.grips[message.handle].follow());
    }
    if (!greeted) return; // the bye is on its way: its answer, the last sentence, may be here already
    if (message.kind === "base") {
      image = new ImageData(message.width, message.height);
      px = new Uint32Array(image.data.buffer);
      base = data;
      cache.clear();
      bytes = 0; shown = null; shownFrame = null;
      return expect();
    }
    const dropped = [];
    let start = 0;
    stats.took += message.frames.length;
    stats.since += message.frames.length;
    for (const { values, sliders: at, context, sentence, whole, bytes: length, places } of message.frames) {
      const frame = unpack(data.subarray(start, start + length / 4), whole, sentence);
      start += length / 4;
      Object.assign(frame, { values, sliders: at, context, places });
      const key = keyOf(context, at);
      dropped.push(...keep(key, frame));
      if (key === want) paint(key, frame);
    }
    if (message.live && !cache.has(want)) showNearest(); // progress
    if (message.asked) {
      answered = Math.max(answered, message.asked);
      if (askAgain && !cache.has(want)) askFor();
    }
    if (!message.live || dropped.length) send({ took: message.live ? 0 : message.frames.length, dropped });
  }

  // ---- the hand
  const send = (message) => {
    if (finished || asleep) return;
    try { model.send(message); } catch { /* the cell's next run, or the kernel's end, has just closed the way */ }
  };
  function moved() {
    if (asleep) return;
    want = wanted();
    const frame = cache.get(want);
    if (frame) {
      stats.hits++;
      paint(want, frame);
    } else if (greeted) {
      stats.misses++;
      askFor();
      showNearest();
      expect();
    }
  }
  function expect() {
    clearTimeout(lackTimer);
    lackTimer = setTimeout(() => { if (greeted && !cache.has(want)) { answered = asked; askFor(); } }, ASK_AGAIN_AFTER);
  }
  // Until the frame itself is here: one that is nearer to the hand than what is shown, if there is one.
  function showNearest() {
    const stepsTo = stepsFromHand();
    const away = (f) => stepsTo(f)?.reduce((sum, steps) => sum + steps, 0) ?? Infinity;
    let best = shownFrame ? away(shownFrame) : Infinity, found;
    for (const entry of cache) {
      const off = away(entry[1]);
      if (off < best) [best, found] = [off, entry];
    }
    if (found) paint(...found);
  }
  function askFor() {
    askAgain = asked - answered >= ASKED_AT_ONCE;
    if (!askAgain) send({ want: hand(), asked: ++asked });
  }
  // Frames are asked for by themselves, so the kernel need not hear of every place on the way. Until
  // it has, what it says of an earlier one must not pull the slider back.
  function tellSeldom(slider) {
    const [save, take] = [slider.save_changes.bind(slider), slider.set_state.bind(slider)];
    let timer = null, told = -Infinity;
    const now = (callbacks) => { timer = null; told = performance.now(); if (slider.comm_live) save(callbacks); };
    slider.save_changes = (callbacks) => {
      clearTimeout(timer);
      const wait = told + TELL_EVERY - performance.now();
      if (wait > 0) timer = setTimeout(now, wait, callbacks); else now(callbacks);
    };
    slider.set_state = ({ value, ...rest }) => take(timer || value === undefined ? rest : { value, ...rest });
    return () => { if (timer) { clearTimeout(timer); now(); } };
  }
  // A press waits until the kernel has heard where the sliders are: it does not keep the order of what
  // different widgets say, so a reset would come before the value that it resets.
  let passing = false;
  async function onPress(event) {
    tellNow.forEach((tell) => tell());
    const control = event.target.closest("button:not(.lossviz-handle), input, label");
    const unheard = () => sliders.some((slider) => slider._pending_msgs > 0);
    if (passing || !control || !unheard()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    for (const end = performance.now() + PRESS_WAITS; unheard() && performance.now() < end; )
      await new Promise((done) => setTimeout(done, 10));
    passing = true;
    control.click();
    passing = false;
  }
  // A hand that comes near a slider or a handle will move it: time to draw its frames.
  function near(i, message = { near: i }) {
    const coming = JSON.stringify(message) + want;
    if (i < 0 || asleep || sliders[i].get("disabled") || coming === approached) return;
    approached = coming;
    send(message);
  }
  function checkAlive() {
    asleep = model.get("layout")?.comm_live === false; // as of every model of a page
    views.forEach((v) => v.showAsleep());
    enableHandles();
  }
  function hello() {
    if (asleep || !views.size) return;
    greeted = true;
    answered = asked;
    stats.since = 0;
    send({ hello: window.devicePixelRatio || 1 });
  }
  function look() { // which views are near the screen, or far from it
    clearTimeout(farTimer);
    if (!greeted && [...views].some((v) => v.near)) hello();
    else if (greeted && ![...views].some((v) => v.inReach)) farTimer = setTimeout(giveBack, GIVE_BACK_AFTER);
  }
  function giveBack() {
    greeted = false;
    cache.clear();
    bytes = 0; stats.since = 0;
    send({ bye: true });
  }

  // ---- handles: buttons over the canvas, each at the place that the frame gives it
  const stepOf = (i) => Math.round(indexOf(i, sliders[i].get("value")));
  function setStep(i, step) {
    const { low, step: size, log, count } = model.get("grids")[i];
    const to = Math.min(Math.max(step, 0), count);
    if (to === stepOf(i)) return;
    sliders[i].set("value", log ? low * 10 ** (to * size) : Number((low + to * size).toPrecision(12)));
    sliders[i].save_changes();
  }
  // The steps whose place is nearest to a point. With two sliders places add up, as on any axes
  // where one moves the point across and the other up.
  function nearest(handle, [x, y]) {
    const [width, height] = model.get("size");
    const here = model.get("handles")[handle].sliders.map(stepOf);
    const [first, second] = tracks[handle];
    const away = (dx, dy) => (Number.isFinite(dx + dy) ? (dx * width) ** 2 + (dy * height) ** 2 : Infinity);
    const best = [Infinity, here];
    const consider = (steps, distance) => {
      const off = distance + 1e-15 * steps.reduce((sum, step, i) => sum + Math.abs(step - here[i]), 0);
      if (off < best[0]) best.splice(0, 2, off, steps);
    };
    for (let k = 0; k < first.length / 2; k++) {
      const [dx, dy] = [first[2 * k] - x, first[2 * k + 1] - y];
      if (!second) consider([k], away(dx, dy));
      else for (let m = 0; m < second.length / 2; m++)
        consider([k, m], away(dx + second[2 * m] - second[2 * here[1]], dy + second[2 * m + 1] - second[2 * here[1] + 1]));
    }
    return best[1];
  }
  function makeHandle(view, number) {
    const { sliders: own, names, label } = model.get("handles")[number];
    const button = view.frame.appendChild(document.createElement("button"));
    button.type = "button";
    button.className = "lossviz-handle";
    button.dataset.parameters = names.join(" ");
    button.title = label;
    button.setAttribute("aria-label", `${label}: drag, or arrow keys`);
    let held = null; // while dragging: the steps at the start, the pointer, and where it is off the centre
    // Its tracks, and frames ahead; not again at the press, if all is as it was when the pointer came
    const come = () => near(own[0], { grab: number, at: hand() });
    const at = (event) => {
      const box = view.canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    };
    const put = (steps) => own.forEach((slider, i) => setStep(slider, steps[i]));
    const listen = (name, heard) => button.addEventListener(name, heard);
    listen("pointerenter", come);
    listen("focus", come);
    listen("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault(); // no text is selected
      button.focus();
      button.setPointerCapture(event.pointerId);
      const point = at(event), place = places.slice(2 * number, 2 * number + 2);
      held = { pointer: event.pointerId, start: own.map(stepOf), point, off: [0, 1].map((i) => point[i] - place[i]) };
      come();
    });
    listen("pointermove", (event) => {
      if (!held) return;
      held.point = at(event);
      held.moved = true;
      grip.follow();
    });
    const release = () => { held = null; };
    listen("pointerup", release);
    listen("pointercancel", release);
    listen("keydown", (event) => {
      if (event.key === "Escape" && held) {
        put(held.start);
        button.releasePointerCapture(held.pointer);
        release();
      } else {
        const by = { ArrowRight: [0, 1], ArrowUp: [1, 1], ArrowLeft: [0, -1], ArrowDown: [1, -1] }[event.key];
        if (!by) return;
        const slider = own[Math.min(by[0], own.length - 1)];
        setStep(slider, stepOf(slider) + by[1] * (event.shiftKey ? 10 : 1));
      }
      event.preventDefault();
      event.stopPropagation(); // the notebook has the same keys
    });
    const grip = {
      button,
      follow() {
        if (!held?.moved || !tracks[number]) return;
        put(nearest(number, held.point.map((v, i) => v - held.off[i])));
      },
    };
    return grip;
  }
  function placeHandles(view) {
    const [width, height] = model.get("size"), reach = 20 * model.get("zoom");
    view.grips.forEach(({ button }, n) => {
      const [x, y] = places.slice(2 * n, 2 * n + 2);
      button.hidden = x == null || y == null;
      if (button.hidden) return;
      button.style.left = `${100 * x}%`;
      button.style.top = `${100 * y}%`;
      // Those that meet show a strip each: none hides another
      const meets = (m) => Math.hypot((places[2 * m] - x) * width, (places[2 * m + 1] - y) * height) < reach;
      const group = view.grips.map((_, m) => m).filter((m) => m === n || meets(m));
      const [before, after] = [group.indexOf(n), group.length - 1 - group.indexOf(n)];
      const part = (count) => (count ? `${(100 * count) / group.length}%` : "-6px");
      button.style.clipPath = group.length > 1 ? `inset(-6px ${part(after)} -6px ${part(before)})` : "";
    });
  }
  function enableHandles() {
    const handles = model.get("handles");
    views.forEach((v) => v.grips.forEach(({ button }, n) => {
      button.disabled = asleep || handles[n].sliders.some((i) => sliders[i].get("disabled"));
    }));
  }

  // ---- screen resolution: a page moved to another screen, or zoomed, gets frames of its own
  let resolution;
  function watchResolution() {
    resolution?.removeEventListener("change", onResolution);
    resolution = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    resolution.addEventListener("change", onResolution);
  }
  function onResolution() { watchResolution(); if (greeted) hello(); }

  return {
    async initialize(context) {
      model = context.model;
      const open = (ref) => model.widget_manager.get_model(ref.replace("IPY_MODEL_", ""));
      controls = await Promise.all(model.get("controls").map(open));
      sliders = controls.slice(0, model.get("grids").length);
      want = wanted();
      sliders.forEach((s) => s.on("change:value", moved).on("change:disabled", enableHandles));
      model.get("layout")?.on("comm_live_update", checkAlive);
      model.on("change:context change:off_grid", moved);
      model.on("change:error", () => views.forEach((v) => v.showError()));
      const onMessage = (message, [buffer]) => {
        if (message.kind === "sentence") return say(message.text);
        const inflated = message.plain ? buffer : inflate(buffer); // a page without a kernel has its own
        arriving = arriving
          .then(async () => take(message, new Uint32Array(await inflated)))
          .catch((error) => console.error("lossviz: a frame was lost", error));
      };
      model.on("msg:custom", onMessage);
      watchResolution();
      checkAlive();
      tellNow = sliders.map(tellSeldom);
      send({ bye: true }); // nothing is shown yet, but the sentence may be another one by now
      return () => {
        finished = true;
        clearTimeout(farTimer);
        clearTimeout(lackTimer);
        clearTimeout(sayTimer);
        resolution.removeEventListener("change", onResolution);
        sliders.forEach((s) => s.off("change:value", moved).off("change:disabled", enableHandles));
        model.get("layout")?.off("comm_live_update", checkAlive);
        model.off("msg:custom", onMessage);
        cache.clear();
      };
    },
    render({ model, el }) {
      const make = (tag, name, attributes = {}, parent = el) => {
        const node = parent.appendChild(document.createElement(tag));
        node.className = name;
        Object.entries(attributes).forEach(([k, v]) => node.setAttribute(k, v));
        return node;
      };
      el.classList.add("lossviz-picture");
      const [width, height] = model.get("size");
      const frame = make("div", "lossviz-frame");
      frame.style.width = `${width}px`;
      frame.style.setProperty("--lossviz-zoom", model.get("zoom"));
      const canvas = make("canvas", "lossviz-canvas", { role: "img", "aria-label": sentence || model.get("first_sentence") }, frame);
      canvas.width = image?.width ?? width;
      canvas.height = image?.height ?? height;
      canvas.style.width = `${width}px`;
      const view = {
        canvas, frame,
        pen: canvas.getContext("2d", { alpha: false }),
        readout: make("p", "lossviz-readout", { "aria-hidden": "true" }),
        spoken: make("p", "lossviz-spoken", { "aria-live": "polite" }),
        error: make("pre", "lossviz-error", { role: "alert" }),
        asleep: make("p", "lossviz-asleep", { role: "status" }),
        showAsleep() { // a picture that never had a frame gives way to the one saved with the cell
          this.asleep.hidden = !asleep;
          el.closest(".lossviz-explorer")?.classList.toggle("lossviz-blank", asleep && !shownFrame);
        },
        showError() { this.error.textContent = model.get("error"); this.error.hidden = !model.get("error"); },
      };
      view.pen.fillStyle = "#fff";
      view.pen.fillRect(0, 0, canvas.width, canvas.height);
      view.asleep.textContent = "The kernel behind this picture has stopped. Choose Run → Run All Cells to wake it.";
      view.showAsleep();
      view.readout.textContent = sentence || model.get("first_sentence");
      view.showError();
      view.grips = model.get("handles").map((_, number) => makeHandle(view, number));
      views.add(view);
      enableHandles();
      placeHandles(view);
      let rows;
      const watch = (trait, margin) => {
        const seen = ([...entries]) => { view[trait] = entries.pop().isIntersecting; look(); };
        const watcher = new IntersectionObserver(seen, { rootMargin: `${margin}px`, scrollMargin: `${margin}px` });
        watcher.observe(canvas);
        return watcher;
      };
      const watchers = [watch("near", NEAR), watch("inReach", FAR)];
      let arrival;
      const arrive = () => { // the view is drawn before its explorer takes it in: how long, no event says
        const explorer = el.closest(".lossviz-explorer");
        if (!explorer) { arrival = requestAnimationFrame(arrive); return; }
        for (const kind of ["pointerover", "focusin"])
          explorer.addEventListener(kind, ({ target, buttons }) => {
            const own = [...explorer.querySelectorAll(".lossviz-row:has(.widget-slider)")];
            if (!buttons) near(own.indexOf(target.closest(".lossviz-row")));
          });
        explorer.addEventListener("click", onPress, true);
        rows = new MutationObserver(() => nameHandles(explorer));
        rows.observe(explorer, { childList: true, subtree: true });
        nameHandles(explorer);
        view.showAsleep();
      };
      arrive();
      if (shownFrame) view.pen.putImageData(image, 0, 0);
      el.lossvizStats = () => ({ ...stats, frames: cache.size, keys: [...cache.keys()], bytes, want, shown, places, steps: sliders.map((_, i) => stepOf(i)), handles: model.get("handles").map((h, n) => ({ ...h, counts: h.sliders.map((i) => model.get("grids")[i].count), tracks: tracks[n]?.map((t) => [...t]) })) });
      return () => {
        views.delete(view);
        cancelAnimationFrame(arrival);
        watchers.forEach((watcher) => watcher.disconnect());
        rows?.disconnect();
      };
    },
  };
};
