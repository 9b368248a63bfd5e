// Package cutover moves a running pipeline from files to Kafka while events never stop coming, and counts what is lost,
// what is there twice, and how fresh the table is: `make cutover`. It also kills the pipeline's processes at random
// moments of that story. Nothing of a run imports it.
package cutover

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// Cutover is the first day whose events are taken from Kafka: the date in the specs of examples/actions.
var Cutover = DayOf(time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC))

// Day counts days since 1970.
type Day int32

// DayOf gives the day of a time, in UTC.
func DayOf(t time.Time) Day { return Day(t.Unix() / (24 * 3600)) }

func (d Day) String() string { return time.Unix(int64(d)*24*3600, 0).UTC().Format(time.DateOnly) }

var (
	kinds   = []string{"view", "view", "view", "search", "add_to_cart", "remove_from_cart", "checkout"}
	devices = []string{"WEB", "IOS", "ANDROID"}
	systems = []string{"Windows 11", "iOS 17.4.1", "Android 14"}
	agents  = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/123.0.6312.86 Safari/537.36",
		"ShopApp/8.14.2 (iPhone15,2; iOS 17.4.1; Scale/3.00) CFNetwork/1494.0.7 Darwin/23.4.0",
		"ShopApp/8.14.0 (Linux; U; Android 14; en_US; Pixel 8 Build/AP1A.240305.019)",
	}
	titles    = []string{"Ground coffee \"Dark Roast\", 12 oz", "Jalapeño peppers, 1 lb", "2% milk, 1 gal", "Sourdough bread, sliced", "Weekly ad", "Your cart"}
	referrers = []string{
		"https://shop.example/", "https://shop.example/search?q=ground+coffee&page=2&sort=price_asc",
		"https://mail.example/weekly-ad?utm_source=newsletter&utm_campaign=week_11",
	}
)

// appendEvent adds event n, of about 600 bytes, as one line of JSON without its end. The same arguments give the same
// bytes.
func appendEvent(b []byte, n int, day Day, at time.Time) []byte {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	device := r.IntN(len(devices))
	b = append(b, `{"action_id": "`...)
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, `", "event_date": "`...)
	b = append(b, day.String()...)
	b = append(b, `", "event_time": "`...)
	b = at.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, `", "action": "`...)
	b = append(b, kinds[r.IntN(len(kinds))]...)
	b = append(b, `", "customer_id": `...)
	if r.IntN(4) == 0 {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendQuote(b, strconv.Itoa(r.IntN(5_000_000)))
	}
	b = append(b, `, "session_id": "`...)
	b = strconv.AppendUint(b, r.Uint64(), 16)
	b = append(b, `", "page": {"url": "https://shop.example/products/pantry/coffee/`...)
	b = strconv.AppendUint(b, r.Uint64(), 36)
	b = append(b, `", "title": `...)
	b = strconv.AppendQuote(b, titles[r.IntN(len(titles))])
	b = append(b, `, "referrer": "`...)
	b = append(b, referrers[r.IntN(len(referrers))]...)
	b = append(b, `"}, "device": {"kind": "`...)
	b = append(b, devices[device]...)
	b = append(b, `", "os": "`...)
	b = append(b, systems[device]...)
	b = append(b, `", "user_agent": "`...)
	b = append(b, agents[device]...)
	b = append(b, `"}, "search_terms": ["coffee", "dark roast"], "sku": "`...)
	b = strconv.AppendInt(b, 1_000_000_000_000+r.Int64N(1_000_000), 10)
	b = append(b, `", "quantity": `...)
	b = strconv.AppendInt(b, 1+r.Int64N(9), 10)
	b = append(b, `, "price": `...)
	b = strconv.AppendInt(b, r.Int64N(40), 10)
	b = append(b, '.')
	b = strconv.AppendInt(b, 10+r.Int64N(90), 10)
	return append(b, '}')
}
