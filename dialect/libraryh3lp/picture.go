package libraryh3lp

import (
	"bytes"
	"image"
	"image/color"
	"image/png"

	"github.com/rosterd/rosterd/directory"
)

// Pictures of the theme simpletext: the word, in the colour of the presence.

const (
	glyphWidth, glyphHeight = 5, 7
	pixel                   = 2 // a dot of a glyph is so wide and high
	margin                  = 4
)

// glyphs are the letters of the words, a string of 5 dots for each of 7 lines.
var glyphs = map[rune][glyphHeight]string{
	'a': {"     ", "     ", " ### ", "    #", " ####", "#   #", " ####"},
	'b': {"#    ", "#    ", "#### ", "#   #", "#   #", "#   #", "#### "},
	'c': {"     ", "     ", " ####", "#    ", "#    ", "#    ", " ####"},
	'd': {"    #", "    #", " ####", "#   #", "#   #", "#   #", " ####"},
	'e': {"     ", "     ", " ### ", "#   #", "#####", "#    ", " ### "},
	'h': {"#    ", "#    ", "#### ", "#   #", "#   #", "#   #", "#   #"},
	'i': {"  #  ", "     ", " ##  ", "  #  ", "  #  ", "  #  ", " ### "},
	'l': {" ##  ", "  #  ", "  #  ", "  #  ", "  #  ", "  #  ", " ### "},
	'n': {"     ", "     ", "#### ", "#   #", "#   #", "#   #", "#   #"},
	't': {" #   ", " #   ", "#### ", " #   ", " #   ", " #  #", "  ## "},
	'u': {"     ", "     ", "#   #", "#   #", "#   #", "#   #", " ####"},
	'v': {"     ", "     ", "#   #", "#   #", "#   #", " # # ", "  #  "},
	'w': {"     ", "     ", "#   #", "#   #", "# # #", "# # #", " # # "},
	'x': {"     ", "     ", "#   #", " # # ", "  #  ", " # # ", "#   #"},
	'y': {"     ", "     ", "#   #", "#   #", " ####", "    #", " ### "},
}

var inks = map[directory.Presence]color.NRGBA{
	directory.Online:  {0x1b, 0x7f, 0x2f, 0xff},
	directory.Away:    {0x9a, 0x5b, 0x00, 0xff},
	directory.Busy:    {0xb3, 0x1d, 0x1d, 0xff},
	directory.Offline: {0x5f, 0x5f, 0x5f, 0xff},
}

// drawPictures draws a picture of each word, in PNG.
func drawPictures() (map[directory.Show][]byte, error) {
	pictures := map[directory.Show][]byte{}
	for _, show := range []directory.Show{directory.ShowChat, directory.ShowAvailable, directory.ShowAway, directory.ShowXA, directory.ShowDND, directory.ShowUnavailable} {
		var b bytes.Buffer
		if err := png.Encode(&b, draw(show)); err != nil {
			return nil, err
		}
		pictures[show] = b.Bytes()
	}
	return pictures, nil
}

func draw(show directory.Show) image.Image {
	const step = (glyphWidth + 1) * pixel
	picture := image.NewPaletted(
		image.Rect(0, 0, 2*margin+len(show)*step-pixel, 2*margin+glyphHeight*pixel),
		color.Palette{color.Transparent, inks[show.Presence()]},
	)
	for i, letter := range show {
		for y, line := range glyphs[letter] {
			for x, dot := range line {
				if dot == ' ' {
					continue
				}
				for n := range pixel * pixel {
					picture.SetColorIndex(margin+i*step+x*pixel+n%pixel, margin+y*pixel+n/pixel, 1)
				}
			}
		}
	}
	return picture
}
