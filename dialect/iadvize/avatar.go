package iadvize

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/image/draw"

	"github.com/rosterd/rosterd/dialect"
	"github.com/rosterd/rosterd/directory"
	"github.com/rosterd/rosterd/errors"
)

// AvatarPrefix is where pictures are served.
const AvatarPrefix = "/avatars/"

// Limits of pictures.
const (
	MaxAvatarBytes = 1 << 20 // of a picture that is given
	MaxAvatarSide  = 1000    // its width and its height in pixels
	AvatarSide     = 256     // the same of what is kept; a greater picture is made smaller
)

// jpegQuality is that of what is kept of a photograph.
const jpegQuality = 85

// avatarCaching is how long a picture may be kept by who has seen it: another one has
// another address.
const avatarCaching = "public, max-age=31536000, immutable"

// Avatars makes the handler of pictures, to be mounted at AvatarPrefix. Nobody signs in
// there: who knows an address has seen it. It fails if an option is missing.
func Avatars(o Options) (http.Handler, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	missing := func(w http.ResponseWriter, status int) { http.Error(w, http.StatusText(status), status) }
	refuse := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { missing(w, status) }
	}
	return dialect.NewRouter([]dialect.Route{{Method: http.MethodGet, Path: AvatarPrefix + "{id}", Handle: func(w http.ResponseWriter, r *http.Request) {
		id, err := uuid.Parse(r.PathValue("id"))
		if err != nil || id.String() != r.PathValue("id") {
			missing(w, http.StatusNotFound)
			return
		}
		picture, err := o.Directory.Avatar(r.Context(), id.String())
		if err != nil {
			o.Log.ErrorContext(r.Context(), "a call failed", "method", r.Method, "path", r.URL.Path, "error", err)
			missing(w, http.StatusInternalServerError)
			return
		}
		if picture == nil {
			missing(w, http.StatusNotFound)
			return
		}
		h := w.Header()
		h.Set("Content-Type", picture.MediaType)
		h.Set("Content-Length", strconv.Itoa(len(picture.Data)))
		h.Set("Cache-Control", avatarCaching)
		h.Set("Content-Security-Policy", "default-src 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(picture.Data) // fails only if the client has gone
	}}}, dialect.Refusals{
		NotFound:         refuse(http.StatusNotFound),
		MethodNotAllowed: refuse(http.StatusMethodNotAllowed),
		Failed:           refuse(http.StatusInternalServerError),
	}, o.Log), nil
}

// picture is what is kept of a picture that is given as a data URI, or as an address
// where pictures are fetched.
func (s *graphqlServer) picture(ctx context.Context, given string) (directory.DataURI, error) {
	if len(given) > len("data:image/jpeg;base64,")+3*MaxAvatarBytes { // each byte may be escaped
		return "", errors.New("the picture is too large")
	}
	u, err := url.Parse(given)
	if err != nil {
		return "", errors.New("the text is no address")
	}
	var data []byte
	switch {
	case u.Scheme == "data":
		data, err = dataOf(u.Opaque)
	case s.fetcher == nil:
		err = errors.New("pictures are not fetched here")
	default:
		data, err = s.fetcher.fetch(ctx, u)
	}
	if err != nil {
		return "", err
	}
	return smaller(data)
}

// dataOf are the bytes of a data URI in base64: "image/png;base64,…".
func dataOf(opaque string) ([]byte, error) {
	form, text, found := strings.Cut(opaque, ",")
	if !found || !strings.HasSuffix(form, ";base64") {
		return nil, errors.New("the data URI is not in base64")
	}
	text, err := url.PathUnescape(text)
	if err != nil {
		return nil, errors.New("the data URI has an escape that is none")
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("the data URI is not in base64")
	}
	return data, nil
}

// format is a form of pictures that is taken, and in which such are kept.
type format struct {
	mediaType string
	config    func(io.Reader) (image.Config, error)
	decode    func(io.Reader) (image.Image, error)

	kept   string
	encode func(io.Writer, image.Image) error
}

// formats are those that are taken. Of a picture that moves the first frame is kept.
var formats = []format{
	{"image/png", png.DecodeConfig, png.Decode, "image/png", png.Encode},
	{"image/jpeg", jpeg.DecodeConfig, jpeg.Decode, "image/jpeg", func(w io.Writer, i image.Image) error {
		return jpeg.Encode(w, i, &jpeg.Options{Quality: jpegQuality})
	}},
	{"image/gif", gif.DecodeConfig, gif.Decode, "image/png", png.Encode},
}

// smaller is a picture as it is kept: AvatarSide at most, and nothing in it but what is
// seen. How large it is, is known before it is decoded.
func smaller(data []byte) (directory.DataURI, error) {
	if len(data) > MaxAvatarBytes {
		return "", errors.New("the picture is too large")
	}
	for _, f := range formats {
		if http.DetectContentType(data) != f.mediaType {
			continue
		}
		config, err := f.config(bytes.NewReader(data))
		switch {
		case err != nil:
			return "", fmt.Errorf("the picture cannot be read: %w", err)
		case config.Width > MaxAvatarSide || config.Height > MaxAvatarSide:
			return "", fmt.Errorf("the picture has %d by %d pixels", config.Width, config.Height)
		}
		decoded, err := f.decode(bytes.NewReader(data))
		if err != nil {
			return "", fmt.Errorf("the picture cannot be read: %w", err)
		}
		bounds := decoded.Bounds()
		if bounds.Empty() {
			return "", errors.New("the picture is empty")
		}
		width, height := bounds.Dx(), bounds.Dy()
		if side := max(width, height); side > AvatarSide {
			width, height = max(1, width*AvatarSide/side), max(1, height*AvatarSide/side)
		}
		scaled := image.NewNRGBA(image.Rect(0, 0, width, height))
		draw.CatmullRom.Scale(scaled, scaled.Bounds(), decoded, bounds, draw.Src, nil)
		var kept bytes.Buffer
		if err := f.encode(&kept, scaled); err != nil {
			return "", err
		}
		return directory.DataURI("data:" + f.kept + ";base64," + base64.StdEncoding.EncodeToString(kept.Bytes())), nil
	}
	return "", errors.New("the picture is neither PNG nor JPEG nor GIF")
}
