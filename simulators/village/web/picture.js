// A house with its front wall taken away: rooms, people, devices and their lights.

const SVG = "http://www.w3.org/2000/svg";
const ROOFS = ["#7d5a4a", "#556b78", "#8a5560", "#5f6b4c", "#6d5d7e", "#97714b"];
const WALLS = ["#fbf3e4", "#f3f1ea", "#fbeee9", "#f2f3e6", "#f0eef5", "#faf0dd"];

const GROUND = 168;
const LEFT = 22;
const RIGHT = 284;
const CEILING = 74;
const ROOMS_MAX = 4;

function draw(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

export class Picture {
  constructor(index) {
    this.roof = ROOFS[index % ROOFS.length];
    this.wall = WALLS[index % WALLS.length];
    this.index = index;
    this.element = draw("svg", { viewBox: "0 0 360 190", class: "picture", role: "img" });
    this.drawn = "";
  }

  update(home, label, outside) {
    const now = JSON.stringify([home.night, home.residents, home.devices.map(visible), label]);
    if (now === this.drawn) {
      return;
    }
    this.drawn = now;
    this.element.setAttribute("aria-label", label);
    const rooms = roomsOf(home);
    this.element.replaceChildren(
      ...this.land(home.night),
      ...this.house(home, rooms),
      ...this.devices(home, rooms),
      ...this.people(home, rooms, outside),
    );
  }

  land(night) {
    const sky = night ? "#2b3a55" : "#dcebf2";
    const parts = [draw("rect", { width: 360, height: 190, fill: sky })];
    if (night) {
      parts.push(draw("circle", { cx: 326, cy: 30, r: 11, fill: "#f5e9b8" }));
      for (const [x, y] of [[30, 24], [78, 14], [210, 22], [256, 40], [292, 16]]) {
        parts.push(draw("circle", { cx: x, cy: y, r: 1.3, fill: "#f6f0d4" }));
      }
    } else {
      parts.push(draw("circle", { cx: 326, cy: 32, r: 13, fill: "#f8dd8d" }));
    }
    const shift = (this.index * 53) % 120;
    parts.push(
      draw("path", {
        d: `M0 132 Q ${60 + shift} 86 ${150 + shift / 2} 124 T 360 112 V190 H0Z`,
        fill: night ? "#33473f" : "#bcd3b4",
      }),
      draw("path", {
        d: `M0 ${GROUND - 4} Q 180 ${GROUND - 16} 360 ${GROUND - 6} V190 H0Z`,
        fill: night ? "#2c3b31" : "#9fbf8f",
      }),
    );
    return [...parts, ...this.tree(night)];
  }

  tree(night) {
    const pink = night ? "#8c6475" : "#e9a9bb";
    const parts = [
      draw("path", {
        d: "M318 168 C 320 150 314 138 320 120",
        stroke: "#7a5c45",
        "stroke-width": 5,
        fill: "none",
        "stroke-linecap": "round",
      }),
    ];
    for (const [x, y, r] of [[320, 104, 17], [306, 114, 12], [335, 113, 13], [324, 92, 11]]) {
      parts.push(draw("circle", { cx: x, cy: y, r, fill: pink }));
    }
    return parts;
  }

  house(home, rooms) {
    const parts = [
      draw("rect", {
        x: LEFT - 6, y: CEILING, width: RIGHT - LEFT + 12, height: GROUND - CEILING + 4,
        fill: "#c9b79c", rx: 2,
      }),
    ];
    rooms.forEach((room, number) => {
      const [x, width] = column(number, rooms.length);
      const lit = home.residents.some(
        (person) => person.room === room && !person.away && !(person.lying && home.night),
      );
      const fill = home.night ? (lit ? "#ffe4a3" : "#4a5064") : this.wall;
      parts.push(
        draw("rect", { x: x + 1.5, y: CEILING + 5, width: width - 3, height: GROUND - CEILING - 5, fill, rx: 2 }),
      );
      const name = draw("text", {
        x: x + width / 2, y: GROUND + 15, "text-anchor": "middle", class: home.night ? "room night" : "room",
      });
      name.textContent = room;
      parts.push(name);
    });
    const middle = (LEFT + RIGHT) / 2;
    parts.push(
      draw("path", {
        d: `M${LEFT - 20} ${CEILING + 2} L${LEFT + 26} 34 Q ${middle} 22 ${RIGHT - 26} 34 L${RIGHT + 20} ${CEILING + 2} Q ${middle} ${CEILING - 8} ${LEFT - 20} ${CEILING + 2}Z`,
        fill: this.roof,
      }),
      draw("path", {
        d: `M${LEFT + 12} 56 Q ${middle} 44 ${RIGHT - 12} 56`,
        stroke: "rgb(255 255 255 / 22%)", "stroke-width": 2, fill: "none",
      }),
    );
    const door = home.devices.find((device) => device.role === "entrance");
    const open = door && door.state && door.state.en === "open";
    parts.push(
      draw("rect", {
        x: RIGHT - 1, y: 118, width: open ? 15 : 6, height: GROUND - 118, rx: 1.5,
        fill: "#8b5e3c", class: "door",
      }),
    );
    return parts;
  }

  devices(home, rooms) {
    const used = new Map();
    return home.devices.flatMap((device) => {
      const number = Math.max(rooms.indexOf(device.room), 0);
      const [x, width] = column(number, rooms.length);
      const place = used.get(number) ?? 0;
      used.set(number, place + 1);
      const cx = x + 13 + (place * 17) % Math.max(width - 20, 17);
      const cy = CEILING + 19;
      const parts = [];
      if (device.light && device.light.pattern !== "off") {
        parts.push(
          draw("circle", { cx, cy, r: 13, class: `glow ${device.light.colour} ${device.light.pattern}` }),
        );
      }
      if (device.pressed || device.held) {
        parts.push(draw("circle", { cx, cy, r: 7, class: "ripple" }), draw("circle", { cx, cy, r: 7, class: "ripple late" }));
      }
      const working = device.online && !device.dead;
      parts.push(draw("circle", { cx, cy, r: 5, class: `device ${device.role} ${working ? "" : "gone"}` }));
      if (device.hazard) {
        parts.push(...hazard(device.hazard, x + width / 2));
      }
      return parts;
    });
  }

  people(home, rooms, outside) {
    const seen = new Map();
    return home.residents.flatMap((person) => {
      if (person.away) {
        const away = seen.get("away") ?? 0;
        seen.set("away", away + 1);
        const label = draw("text", { x: 356, y: GROUND + 15, "text-anchor": "end", class: home.night ? "room night" : "room" });
        label.textContent = outside;
        return [figure(338 - away * 12, GROUND + 2, person.coat, 0.86), label];
      }
      const number = rooms.indexOf(person.room);
      if (number < 0) {
        return [figure(RIGHT + 12, GROUND, person.coat)];
      }
      const [x, width] = column(number, rooms.length);
      const others = seen.get(number) ?? 0;
      seen.set(number, others + 1);
      const cx = x + width / 2 + (others ? 18 : -2) + (others ? 0 : 4);
      if (person.lying) {
        return home.still ? [lying(cx, GROUND - 5, person.coat)] : [bed(cx, GROUND), lying(cx, GROUND - 17, person.coat)];
      }
      const company = person.visitor && seen.get(number) === 1 ? [figure(cx - 24, GROUND, "#a79478", 0.92)] : [];
      return [...company, figure(cx, GROUND, person.coat)];
    });
  }
}

function visible(device) {
  return [device.online, device.dead, device.pressed, device.held, device.hazard, device.light, device.state];
}

function roomsOf(home) {
  const rooms = [...new Set(home.devices.map((device) => device.room).filter(Boolean))].slice(0, ROOMS_MAX - 1);
  for (const person of home.residents) {
    if (!person.away && person.room && person.room !== "门口" && !rooms.includes(person.room) && rooms.length < ROOMS_MAX) {
      rooms.push(person.room);
    }
  }
  return rooms.length ? rooms : ["屋里"];
}

function column(number, count) {
  const width = (RIGHT - LEFT) / count;
  return [LEFT + number * width, width];
}

function figure(x, y, coat, scale = 1) {
  return draw(
    "g",
    { transform: `translate(${x} ${y}) scale(${scale})`, class: "person" },
    draw("path", { d: "M-5 0 V-12 M5 0 V-12", stroke: "#4b443b", "stroke-width": 4, "stroke-linecap": "round" }),
    draw("path", { d: "M-9 -11 Q-9 -33 0 -33 Q9 -33 9 -11 Z", fill: coat }),
    draw("circle", { cx: 0, cy: -40, r: 7.5, fill: "#f0d0b0" }),
    draw("path", { d: "M-7.5 -41 A7.5 7.5 0 0 1 7.5 -41 Q 0 -46 -7.5 -41Z", fill: "#dcd8d2" }),
  );
}

function lying(x, y, coat) {
  return draw(
    "g",
    { transform: `translate(${x} ${y})`, class: "person" },
    draw("rect", { x: -14, y: -9, width: 31, height: 9, rx: 4.5, fill: coat }),
    draw("circle", { cx: -19, cy: -5, r: 6.5, fill: "#f0d0b0" }),
    draw("path", { d: "M-25.5 -5 A6.5 6.5 0 0 1 -19 -11.5 Q -22 -5 -19 1.5 A6.5 6.5 0 0 1 -25.5 -5Z", fill: "#dcd8d2" }),
  );
}

function bed(x, y) {
  return draw(
    "g",
    { transform: `translate(${x} ${y})` },
    draw("rect", { x: -30, y: -17, width: 56, height: 10, rx: 3, fill: "#b9a184" }),
    draw("path", { d: "M-28 -7 V0 M24 -7 V0", stroke: "#8d7355", "stroke-width": 3 }),
  );
}

function hazard(profile, x) {
  if (profile === "z2m-leak") {
    return [
      draw("path", { d: `M${x - 28} ${GROUND} q 14 -7 28 0 t 28 0 v 5 h -56Z`, class: "water" }),
      draw("path", { d: `M${x} 128 q 7 10 0 14 q -7 -4 0 -14`, class: "water drop" }),
    ];
  }
  const tone = profile === "z2m-gas" ? "gas" : "smoke";
  return [0, 1, 2].map((number) =>
    draw("circle", { cx: x - 10 + number * 11, cy: 142 - number * 9, r: 9 + number * 2, class: `cloud ${tone} c${number}` }),
  );
}
