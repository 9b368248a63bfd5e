package value

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseTimestampForms(t *testing.T) {
	const plain = "2024-05-14T03:12:06Z"
	for s, want := range map[string]string{
		"2024-05-14":                          "2024-05-14T00:00:00Z",
		plain:                                 plain,
		"2024-05-14T03:12:06":                 plain,
		"2024-05-14 03:12:06":                 plain,
		"2024-05-14t03:12:06z":                plain,
		"2024-05-14 03:12:06Z":                plain,
		"2024-05-14T03:12:06.5":               "2024-05-14T03:12:06.500000Z",
		"2024-05-14 03:12:06.123456":          "2024-05-14T03:12:06.123456Z",
		"2024-05-14T03:12:06.123456999Z":      "2024-05-14T03:12:06.123456Z",
		"2024-05-14T03:12:06.000000999999999": plain,
		"1969-12-31T23:59:59.9999999Z":        "1969-12-31T23:59:59.999999Z",
		"2024-05-14T05:12:06+02:00":           plain,
		"2024-05-14 05:12:06+0200":            plain,
		"2024-05-13T22:42:06.25-04:30":        "2024-05-14T03:12:06.250000Z",
		"2024-05-14T03:12:06-00:00":           plain,
		"0001-01-01":                          "0001-01-01T00:00:00Z",
		"0001-01-01T00:00:00-23:59":           "0001-01-01T23:59:00Z",
		"9999-12-31T23:59:59.9999999Z":        "9999-12-31T23:59:59.999999Z",
		"9999-12-31T23:59:59+23:59":           "9999-12-31T00:00:59Z",
		"2000-02-29T00:00:00":                 "2000-02-29T00:00:00Z",
		"1600-02-29":                          "1600-02-29T00:00:00Z",
		"2024-02-29 23:59:59-00:01":           "2024-03-01T00:00:59Z",
	} {
		got, ok := ParseTimestamp([]byte(s))
		if !ok || got.String() != want {
			t.Errorf("%s is %s (%t), want %s", s, got, ok, want)
		}
	}
}

func TestParseTimestampRefuses(t *testing.T) {
	for _, s := range []string{
		"", "2024", "2024-05-", "2024-05- 14T03:12:64", "2024-05-14T03:12:64", "2024-05-14T03:12:60Z", "2024-05- 14T03:12:06", "2024-05-14T03:60:00", "2024-05-14T24:00:00",
		"2024-5-14", "2024-05-14T", "2024-05-14T03", "2024-05-14T03:12", "2024-05-14T3:12:06", "2024-05-14  03:12:06", " 2024-05-14", "2024-05-14 ", "2024-05-14T03:12:06 ",
		"2024-05-14T03:12:06.", "2024-05-14T03:12:06.Z", "2024-05-14T03:12:06,5", "2024-05-14T03:12:06.5 Z", "2024-05-14T03:12:06 Z", "2024-05-14T03:12:06ZZ", "2024-05-14T03:12:06 UTC",
		"2024-05-14T03:12:06+2", "2024-05-14T03:12:06+02", "2024-05-14T03:12:06+02:0", "2024-05-14T03:12:06+02:000", "2024-05-14T03:12:06+24:00", "2024-05-14T03:12:06+02:60", "2024-05-14T03:12:06+02-00",
		"2024-05-14T03:12:06*02:00", "2024-05-14Z", "2024-05-14+02:00", "2024-05-14X03:12:06", "2024/05/14", "2024-05-14T03-12-06", "2024-00-14", "2024-13-14", "2024-05-00", "2024-05-32",
		"2023-02-29", "1900-02-29", "2100-02-29T00:00:00", "2024-04-31", "2024-02-30", "0000-01-01", "0000-12-31T23:59:59", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
		"10000-01-01", "-2024-05-14", "+2024-05-14", "2024-05-14T-3:12:06", "2024-05-14T03:12:0６", "20240514T031206Z", "1715656326",
	} {
		if got, ok := ParseTimestamp([]byte(s)); ok || got != 0 {
			t.Errorf("%q is taken as %s", s, got)
		}
	}
}

// layouts are the forms of ParseTimestamp as time.Parse knows them; time.Parse takes any fraction after the seconds.
var layouts = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"}

func TestParseTimestampAgreesWithTimeParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", 60*rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "zone"))
		// Two days inside the years' bounds, for the offset.
		at := time.Unix(rapid.Int64Range(-62135596800+172800, 253402300799-172800).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "nano")).In(zone)
		layout := rapid.SampledFrom(layouts).Draw(t, "layout")
		if len(layout) > 10 {
			layout = layout[:19] + rapid.SampledFrom([]string{"", ".000", ".000000", ".000000000"}).Draw(t, "fraction") + layout[19:]
		}
		s := at.Format(layout)
		want, err := time.Parse(layout, s)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := ParseTimestamp([]byte(s))
		if !ok || got != TimestampOf(want) || !got.Time().Equal(want.Truncate(time.Microsecond)) {
			t.Fatalf("%s is %s (%t), want %s", s, got, ok, want)
		}
		if back, ok := ParseTimestamp([]byte(got.String())); !ok || back != got {
			t.Fatalf("%s reads back as %s", got, back)
		}
	})
}

func TestEveryDay(t *testing.T) {
	day := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	first := Date(day.Unix() / 86400)
	text := make([]byte, 0, 16)
	for d := first; day.Year() < 10000; d++ {
		text = day.AppendFormat(text[:0], "2006-01-02")
		got, ok := ParseDate(text)
		if !ok || got != d || string(d.AppendText(nil)) != string(text) {
			t.Fatalf("%s is day %d (%t), want %d, which prints as %s", text, got, ok, d, d)
		}
		day = day.AddDate(0, 0, 1)
	}
}

func TestNoDayBesidesTheCalendar(t *testing.T) {
	for _, year := range []int{1, 4, 100, 400, 1900, 1999, 2000, 2023, 2024, 9999} {
		for month := range 14 {
			for day := range 33 {
				s := fmt.Sprintf("%04d-%02d-%02d", year, month, day)
				_, err := time.Parse("2006-01-02", s)
				if _, ok := ParseDate([]byte(s)); ok != (err == nil) {
					t.Errorf("%s: %t, want %t", s, ok, err == nil)
				}
			}
		}
	}
	for _, s := range []string{"", "2024-05-1", "2024-05-141", "2024-05-1x", "2024 05 14", "x024-05-14"} {
		if d, ok := ParseDate([]byte(s)); ok {
			t.Errorf("%q is taken as %s", s, d)
		}
	}
}

func TestTimestampTextIsTimes(t *testing.T) {
	for us, want := range map[Timestamp]string{
		0: "1970-01-01T00:00:00Z", -1: "1969-12-31T23:59:59.999999Z", 1: "1970-01-01T00:00:00.000001Z", 253402300800000000: "10000-01-01T00:00:00Z",
		-62135596800000001: "0000-12-31T23:59:59.999999Z", -62198755200000000: "-0001-01-01T00:00:00Z",
		1<<63 - 1: "294247-01-10T04:00:54.775807Z", -1 << 63: "-290308-12-21T19:59:05.224192Z",
	} {
		if us.String() != want {
			t.Errorf("%d is %s, want %s", us, us, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		us := Timestamp(rapid.Int64Range(int64(minTimestamp), int64(maxTimestamp)).Draw(t, "us"))
		layout := "2006-01-02T15:04:05.000000Z"
		if us%1_000_000 == 0 {
			layout = "2006-01-02T15:04:05Z"
		}
		if want := time.UnixMicro(int64(us)).UTC().Format(layout); us.String() != want || us.Time() != time.UnixMicro(int64(us)).UTC() {
			t.Fatalf("%d is %s, want %s", us, us, want)
		}
	})
}

func FuzzParseTimestamp(f *testing.F) {
	for _, s := range []string{"2024-05-14", "2024-05-14T03:12:06Z", "2024-05-14 03:12:06.123456+0200", "2024-05- 14T03:12:64", "0001-01-01T00:00:00+00:01", "2024-02-30T00:00:00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		got, ok := ParseTimestamp(s)
		var want time.Time
		known := false
		for _, layout := range append(layouts, "2006-01-02 15:04:05Z0700") {
			if at, err := time.Parse(layout, string(s)); err == nil {
				want, known = at, true
			}
		}
		if ok && known && got != TimestampOf(want) {
			t.Fatalf("%q is %s, want %s", s, got, want)
		}
		if ok && !known && !hasLower(s) {
			t.Fatalf("%q is taken as %s", s, got)
		}
	})
}

// hasLower says whether s has the letters in lower case that RFC 3339 allows and time.Parse does not know.
func hasLower(s []byte) bool { return s[10] == 't' || s[len(s)-1] == 'z' }

func BenchmarkParseTimestamp(b *testing.B) {
	for _, s := range []string{"2024-05-14T03:12:06Z", "2024-05-14 03:12:06.123456+02:00"} {
		text := []byte(s)
		b.Run(s, func(b *testing.B) {
			for b.Loop() {
				ParseTimestamp(text)
			}
		})
		b.Run("time.Parse/"+s, func(b *testing.B) {
			layout := layouts[0]
			if s[10] == ' ' {
				layout = layouts[1]
			}
			for b.Loop() {
				if _, err := time.Parse(layout, s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTimestampText(b *testing.B) {
	buf := make([]byte, 0, 32)
	for b.Loop() {
		buf = Timestamp(1715656326123456).AppendText(buf[:0])
	}
}
