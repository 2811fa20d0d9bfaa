package bench

import (
	"reflect"
	"strings"
)

// Field is one figure of a report under the name that it has in JSON.
type Field struct {
	Name  string
	Value any
}

// Fields lists a report's figures in their order, without those that are empty where
// the report leaves such ones out.
func Fields(report any) []Field {
	v := reflect.ValueOf(report)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return fields(v)
}

func fields(v reflect.Value) (all []Field) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			all = append(all, fields(v.Field(i))...)
			continue
		}
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || option == "omitempty" && v.Field(i).IsZero() {
			continue
		}
		all = append(all, Field{name, v.Field(i).Interface()})
	}
	return all
}
