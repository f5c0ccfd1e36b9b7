/* [Text] */
// First line
line_1 = "Al"; // 12
// Second line
line_2 = "";
font = "Liberation Sans"; // [Liberation Sans, Liberation Mono:Typewriter, "DejaVu Serif"]
style = "Bold"; // [Regular, Bold, Italic]
/* [Plate] */
// Width, depth and height
plate = [60, 24, 2]; // [1:0.5:100]
border = 1.2; // .1
hole = true; // for a key ring
/*[Hidden]*/
$fn = 24;
look = str(font, ":style=", style);

difference() {
    cube(plate);
    if (hole) translate([4, plate[1] - 4, -1]) cylinder(d = 4, h = plate[2] + 2);
}
translate([plate[0] / 2, plate[1] / 2, plate[2]]) linear_extrude(1)
    text(line_1, size = 9, halign = "center", valign = "center", font = look);
