/*
 * Dividers for a drawer.
 * { this brace is only words }
 */
/* [Drawer] */
// Inside of the drawer: "width" in mm
drawer_width = 90; // [50:10:600]
rows = 2; // [1, 2, 3, 4]
note = "say \"hi\" \\ {ok}"; // 40
heights = [10, 20.5, 15];
labels = ["a", "b"];
flags = [true, false];
many = [1, 2, 3, 4, 5];
computed = drawer_width / 2; // [1:100]
range = [0:5];
nothing = undef;
ok = -3.25; // [-10:0.25:10]
module wall(w, h) { cube([w, 1.2, h]); }
for (i = [0 : rows - 1]) translate([0, i * 15, 0]) wall(drawer_width, heights[i % 3]);
translate([0, 0, 0]) cube([1.2, rows * 15, 10]);
