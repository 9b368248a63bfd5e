package emit

import (
	"go/token"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestExported(t *testing.T) {
	for name, want := range map[string]string{
		"id": "ID", "customerId": "CustomerID", "customer_id": "CustomerID", "CUSTOMER_ID": "CustomerID", "lineItems": "LineItems",
		"HTTPServer": "HTTPServer", "user_ids": "UserIDs", "userIDs": "UserIDs", "user_id2": "UserID2", "imageUrl": "ImageURL", "uuid": "UUID",
		"2fa": "X2fa", "注文": "X注文", "größe": "Größe", "Größe-in cm": "GrößeInCm", "": "X", "--": "X", "type": "Type", "_x": "X", "ÉTÉ": "Été",
		"XYZThing": "XYZThing", "e\u0301te": "Ete", "a\u2028b": "AB", "straße": "Straße", "ß": "Xß", "orderS": "OrderS", "payload_json": "PayloadJSON",
	} {
		if got := exported(name); got != want {
			t.Errorf("exported(%q) = %s, want %s", name, got, want)
		}
	}
}

func TestLocal(t *testing.T) {
	for name, want := range map[string]string{
		"online_orders": "onlineOrders", "ID": "id", "id_x": "idX", "HTTPServer": "httpServer", "2fa": "x2fa", "注文": "x注文", "type": "type", "IDs": "ids",
	} {
		if got := local(name); got != want {
			t.Errorf("local(%q) = %s, want %s", name, got, want)
		}
	}
}

func TestSingular(t *testing.T) {
	for name, want := range map[string]string{
		"LineItems": "LineItem", "Entries": "Entry", "Boxes": "Box", "Address": "Address", "Addresses": "Address", "S": "S", "Data": "Data", "Batches": "Batch", "Status": "Status",
	} {
		if got := singular(name); got != want {
			t.Errorf("singular(%q) = %s, want %s", name, got, want)
		}
	}
}

func TestAnyNameGivesAnIdentifierAndAFileName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		id := exported(name)
		if first, _ := utf8.DecodeRuneInString(id); !token.IsIdentifier(id) || !unicode.IsUpper(first) {
			t.Errorf("exported(%q) = %q", name, id)
		}
		if id := local(name); !token.IsIdentifier(id + "Flow") {
			t.Errorf("local(%q) = %q", name, id)
		}
		stem := fileStem(name)
		if stem == "" || len(stem) > 120 {
			t.Errorf("fileStem(%q) = %q", name, stem)
		}
		for i := 0; i < len(stem); i++ {
			if c := stem[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '_' || i == 0) {
				t.Errorf("fileStem(%q) = %q", name, stem)
			}
		}
	})
}
