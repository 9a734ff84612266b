// Package browser tests the pages as people use them: the program runs as it is
// shipped, and a real browser walks through it with a mouse, on a telephone,
// with the keyboard alone and without JavaScript. Every page is then looked at:
// wide and narrow, light and dark.
//
// The tests want Chromium and axe-core, and run with the tag browser:
//
//	SLUSS_AXE=FILE go test -tags browser ./internal/browser
//
// SLUSS_AXE names axe.min.js of the npm package axe-core. check.sh has it
// fetched, and runs all of it. With SLUSS_SCREENSHOTS=FOLDER a picture of every
// page is written there, in both sizes and both colours.
package browser
