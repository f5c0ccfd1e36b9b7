//CUSTOMIZER VARIABLES

//  Length of the inside
inner_length = 40;	//	[10:200]

//  Width of the inside
inner_width = 30;	//	[10:200]

//  Height of the inside
inner_height=12.5;//[5:0.5:100]

//  What to print
part = "both"; // [first:Box only, second:Lid only, both:Box and lid]

//  Thickness of the walls
wall = 1.6; // [0.8, 1.2, 1.6, 2, 2.4]

//CUSTOMIZER VARIABLES END

module box() { difference() {
    cube([inner_length + 2 * wall, inner_width + 2 * wall, inner_height + wall]);
    translate([wall, wall, wall]) cube([inner_length, inner_width, inner_height + 1]);
} }
module lid() cube([inner_length + 2 * wall, inner_width + 2 * wall, wall]);

if (part != "second") box();
if (part != "first") translate([0, inner_width + 3 * wall + 5, 0]) lid();
