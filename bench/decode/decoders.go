package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/bytedance/sonic"
	gojson "github.com/goccy/go-json"
	"github.com/minio/simdjson-go"
	"github.com/seamflow/seamflow/bench/decode/orders"
	"github.com/seamflow/seamflow/runtime/jsonr"
	"github.com/valyala/fastjson"
)

// decoder is a contestant.
type decoder struct {
	name   string
	decode func(record []byte) error
	// result is what the last record was decoded to.
	result func() (plainOrder, error)
}

func decoders() []decoder {
	all := []decoder{seamflow(), fastjsonTree(), unmarshal("encoding/json, struct", json.Unmarshal), unmarshal("go-json, struct", gojson.Unmarshal), unmarshal("sonic, struct", sonic.Unmarshal)}
	if simdjson.SupportedCPU() {
		all = append(all, simdjsonTape())
	}
	return all
}

func seamflow() decoder {
	var r jsonr.Reader
	var o orders.Order
	return decoder{"Seamflow, generated", func(record []byte) error {
		r.Reset(record)
		return o.DecodeJSON(&r)
	}, func() (plainOrder, error) { return plain(&o) }}
}

func fastjsonTree() decoder {
	var p fastjson.Parser
	var v *fastjson.Value
	return decoder{"fastjson, tree", func(record []byte) (err error) {
		v, err = p.ParseBytes(record)
		return err
	}, func() (plainOrder, error) { return reread(v.MarshalTo(nil)) }}
}

func simdjsonTape() decoder {
	var tape *simdjson.ParsedJson
	return decoder{"simdjson-go, tape", func(record []byte) (err error) {
		tape, err = simdjson.Parse(record, tape)
		return err
	}, func() (plainOrder, error) {
		it := tape.Iter()
		text, err := it.MarshalJSON()
		if err != nil {
			return plainOrder{}, err
		}
		return reread(text)
	}}
}

func unmarshal(name string, decode func([]byte, any) error) decoder {
	var last plainOrder
	return decoder{name, func(record []byte) error {
		last = plainOrder{}
		return decode(record, &last)
	}, func() (plainOrder, error) { return last, nil }}
}

func reread(text []byte) (o plainOrder, err error) {
	err = json.Unmarshal(text, &o)
	return o, err
}

// plainOrder is the record as a user of encoding/json would declare it.
type plainOrder struct {
	ID              string        `json:"id"`
	Status          string        `json:"status"`
	ShoppingContext *plainContext `json:"shoppingContext"`
	CreatedTime     *time.Time    `json:"createdTime"`
	LastUpdateTime  *string       `json:"lastUpdateTime"`
	CustomerID      *string       `json:"customerId"`
	OrderType       *string       `json:"orderType"`
	LineItems       []plainItem   `json:"lineItems"`
}

type plainContext struct {
	Chain      *string `json:"chain"`
	UserDevice *string `json:"userDevice"`
}

type plainItem struct {
	SKU      string  `json:"sku"`
	Name     *string `json:"name"`
	Quantity int32   `json:"quantity"`
	Price    float64 `json:"price"`
}

// plain is o as a user of encoding/json would have it.
func plain(o *orders.Order) (plainOrder, error) {
	p := plainOrder{ID: o.ID, Status: o.Status, LastUpdateTime: &o.LastUpdateTime.V, CustomerID: &o.CustomerID.V}
	created, kind := o.CreatedTime.V.Time(), string(o.OrderType.V)
	p.CreatedTime, p.OrderType = &created, &kind
	p.ShoppingContext = &plainContext{Chain: &o.ShoppingContext.V.Chain.V, UserDevice: &o.ShoppingContext.V.UserDevice.V}
	for i := range o.LineItems.V {
		item := &o.LineItems.V[i]
		price, err := strconv.ParseFloat(item.Price.String(), 64)
		if err != nil {
			return p, err
		}
		p.LineItems = append(p.LineItems, plainItem{SKU: item.SKU, Name: &item.Name.V, Quantity: item.Quantity, Price: price})
	}
	return p, nil
}

// checkEqual reports a record that two decoders read as something else.
func checkEqual(l *layout, all []decoder) error {
	for n, record := range l.records {
		want, err := reread(record)
		if err != nil {
			return err
		}
		given := bytes.Clone(record)
		for _, d := range all {
			if err := d.decode(record); err != nil {
				return fmt.Errorf("%s, %s: %w", d.name, l.name, err)
			}
			if got, err := d.result(); err != nil || !reflect.DeepEqual(got, want) || !bytes.Equal(record, given) {
				return fmt.Errorf("%s, %s: record %d is read as something else: %v", d.name, l.name, n, err)
			}
		}
	}
	return nil
}
