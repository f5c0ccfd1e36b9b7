use <stand/parts.scad>
include <stand/sizes.scad>
/* [Phone] */
phone_width = 75; // [50:100]
phone_depth = 9; // [6:0.5:16]
angle = 20; // [0:45]
/* [Base] */
base_length = 70; // min 40
linear_extrude(phone_width) profile(phone_depth, base_length, angle, thickness);
