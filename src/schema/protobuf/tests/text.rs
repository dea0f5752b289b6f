//! The registry's layout, the normal form, sameness, and texts that are none.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::*;

const FULL: &str = r#"// What this is.
syntax = "proto3";
package a.b;   // the package
import "google/protobuf/timestamp.proto";
option java_package = 'x' ".y";
option java_multiple_files = true;
/* a block */
message R {
  // of a field
  K k = 8;
  int32 a = 0x1 [json_name = "A", deprecated = true];
  optional bool c = 3;
  map<string, In> d = 4;
  oneof e { option (some.opt) = { a: 1 b { c: "d" } list: [1, -2] }; string f = 5; bytes g = 6; }
  message In { double h = 1; }
  enum K { Z = 0; Y = 1; reserved 5 to 7; }
  google.protobuf.Timestamp t = 9;
  reserved 50 to max, 20;
  reserved "old", "older";
}
enum Top { NONE = 0; UNO = 1; ONE = 1; option allow_alias = true; }
service S { rpc Do (R) returns (stream R.In) { option deprecated = true; }; rpc More (stream .a.b.R) returns (R); }
import public "google/protobuf/any.proto";
"#;

const CANONICAL: &str = r#"syntax = "proto3";
package a.b;

import "google/protobuf/timestamp.proto";
import public "google/protobuf/any.proto";

option java_package = "x.y";
option java_multiple_files = true;

message R {
  reserved 50 to max, 20;
  reserved "old", "older";

  K k = 8;
  int32 a = 1 [
    deprecated = true,
    json_name = "A"
  ];
  optional bool c = 3;
  map<string, In> d = 4;
  google.protobuf.Timestamp t = 9;

  oneof e {
    option (some.opt) = {
      a: 1,
      b: {
        c: "d"
      },
      list: [
        1,
        -2
      ]
    };

    string f = 5;
    bytes g = 6;
  }

  message In {
    double h = 1;
  }
  enum K {
    reserved 5 to 7;
    Z = 0;
    Y = 1;
  }
}
enum Top {
  option allow_alias = true;
  NONE = 0;
  UNO = 1;
  ONE = 1;
}

service S {
  rpc Do (R) returns (stream R.In) {
    option deprecated = true;
  };
  rpc More (stream .a.b.R) returns (R);
}
"#;

const NORMAL: &str = r#"syntax = "proto3";
package a.b;

import "google/protobuf/timestamp.proto";
import public "google/protobuf/any.proto";

option java_multiple_files = true;
option java_package = "x.y";

message R {
  reserved 20;
  reserved 50 to max;
  reserved "old";
  reserved "older";

  int32 a = 1 [
    deprecated = true,
    json_name = "A"
  ];
  optional bool c = 3;
  map<string, .a.b.R.In> d = 4;
  .a.b.R.K k = 8;
  .google.protobuf.Timestamp t = 9;

  oneof e {
    option (some.opt) = {
      a: 1,
      b: {
        c: "d"
      },
      list: [
        1,
        -2
      ]
    };

    string f = 5;
    bytes g = 6;
  }

  message In {
    double h = 1;
  }
  enum K {
    reserved 5 to 7;
    Z = 0;
    Y = 1;
  }
}
enum Top {
  option allow_alias = true;
  NONE = 0;
  ONE = 1;
  UNO = 1;
}

service S {
  rpc Do (.a.b.R) returns (stream .a.b.R.In) {
    option deprecated = true;
  };
  rpc More (stream .a.b.R) returns (.a.b.R);
}
"#;

#[test]
fn there_is_one_layout_and_one_normal_form() {
    let schema = parsed(FULL);
    assert_eq!(schema.canonical(), CANONICAL);
    assert_eq!(schema.normalized(), NORMAL);
    for text in [CANONICAL, NORMAL] {
        assert_eq!(parsed(text).canonical(), text, "the layout of a layout is itself");
        assert_eq!(parsed(text).normalized(), NORMAL);
    }
}

#[test]
fn proto2_keeps_its_own_parts() {
    let text = "message R { optional group G = 3 [deprecated = true] { optional int32 x = 1; } extensions 100 to 199, 300; required string b = 2 \
                [default = \"\\\"\\x01\\xff\"]; } extend R { optional int32 e = 100; }";
    let want = "\nmessage R {\n  required string b = 2 [default = \"\\\"\\001\\377\"];\n\n  optional group G = 3 [deprecated = true] {\n    optional \
                int32 x = 1;\n  }\n\n  extensions 100 to 199, 300;\n}\n\nextend R {\n  optional int32 e = 100;\n}\n";
    assert_eq!(parsed(&text.replace("string", "bytes")).canonical(), want.replace("string", "bytes"), "no syntax, an empty line");
    assert_eq!(parsed("message M {}").canonical(), "\nmessage M {}\n");
}

#[test]
fn order_counts_for_sameness_and_layout_does_not() {
    let one = proto3("message M { int32 a = 1; int32 b = 2; }");
    for (text, same, why) in [
        ("syntax='proto3';message M{int32 a=1;/* x */int32 b=2;}", true, "white space, quotes and comments"),
        ("syntax = \"proto3\"; message M { int32 b = 2; int32 a = 1; }", false, "the order of fields"),
        ("syntax = \"proto3\"; package p; message M { int32 a = 1; int32 b = 2; }", false, "the package"),
    ] {
        assert_eq!(one.same(&parsed(text)), same, "{why}");
    }
    let (named, unnamed) = (parsed("syntax = \"proto2\"; message M {}"), parsed("message M {}"));
    assert!(!named.same(&unnamed), "the syntax is part of the text");
}

#[test]
fn extensions_can_be_left_out() {
    let schema = proto3(
        "import \"google/protobuf/descriptor.proto\"; package p; extend google.protobuf.FieldOptions { int32 o = 50001; } message A { int32 a = 1 \
         [(o) = 5, deprecated = true]; option (x).y = 1; }",
    );
    let want = "syntax = \"proto3\";\npackage p;\n\nimport \"google/protobuf/descriptor.proto\";\n\nmessage A {\n  int32 a = 1 [deprecated = true];\n}\n";
    assert_eq!(schema.without_extensions(), want);
}

#[test]
fn a_descriptor_in_base64_is_a_schema_too() {
    for text in [
        CANONICAL,
        "syntax = \"proto2\";\n\nmessage M {\n  optional int32 a = 1 [default = 5];\n  repeated .M m = 2;\n\n  extensions 9 to max;\n}\n",
    ] {
        let schema = parsed(text);
        let described = parsed(&schema.serialized());
        assert_eq!(described.serialized(), schema.serialized());
        assert!(schema.incompatibilities(&described).is_empty() && described.incompatibilities(&schema).is_empty());
    }
    let plain = "syntax = \"proto3\";\npackage p;\n\nmessage M {\n  map<string, M> m = 1;\n  optional int32 o = 2;\n\n  oneof x {\n    string s = 3;\n  }\n}\n";
    assert_eq!(parsed(&parsed(plain).serialized()).canonical(), plain);
    for (bytes, why) in [(&b"\x00\x01\x02"[..], "nonsense"), (b"", "nothing"), (b"\x12\x01p", "no name")] {
        assert!(Schema::parse(&STANDARD.encode(bytes), &[]).is_ok() == bytes.is_empty(), "{why}");
    }
}

#[test]
fn texts_that_are_none_are_refused() {
    for (text, want) in [
        ("nope", "syntax error at 1:1: expected a declaration, not nope"),
        ("{\"type\":\"string\"}", "syntax error at 1:1: expected a declaration, not {"),
        ("syntax = \"proto3\";\nmessage A {", "syntax error at 2:12: unexpected end of file, expected a field"),
        ("syntax = \"proto9\";", "syntax error at 1:10: unexpected syntax: proto9"),
        ("message A {} syntax = \"proto3\";", "syntax error at 1:14: the syntax must be the first statement"),
        ("syntax = \"proto3\"; message A { required int32 a = 1; }", "the label required of A.a is not allowed in proto3"),
        ("message A { optional int32 a = 536870912; }", "syntax error at 1:32: a number of a field must be from 1 to 536870911"),
        ("message A { oneof o { optional int32 a = 1; } }", "syntax error at 1:47: a in the oneof o has a label"),
        ("/* x", "syntax error at 1:1: a comment without end"),
        ("import \"x", "syntax error at 1:8: a string without end"),
        ("import \"\\q\";", "syntax error at 1:8: a string with an escape that does not exist"),
        ("message A { repeated map<int32, int32> m = 1; }", "syntax error at 1:22: a map with a label"),
        ("message A { optional int32 a = x; }", "syntax error at 1:32: expected the number of a field, not x"),
        ("é", "syntax error at 1:1: unexpected character"),
    ] {
        assert_eq!(invalid(text), want, "{text}");
    }
    for (text, named) in [
        ("syntax = \"proto3\"; message A { Other a = 1; }", "Other"),
        ("syntax = \"proto3\"; message A {} message A {}", "A"),
        ("syntax = \"proto3\"; message A { map<float, int32> m = 1; }", "m"),
        ("syntax = \"proto3\"; import \"other.proto\"; message A { other.B b = 1; }", "other.B"),
    ] {
        assert!(invalid(text).contains(named), "{}", invalid(text));
    }
}

#[test]
fn words_of_the_language_may_be_names() {
    let text = "syntax = \"proto3\";\n\nmessage Words {\n  string message = 1;\n  optional string optional = 2;\n  string reserved = 3;\n  string package \
                = 4;\n  Words group = 5;\n  repeated Words map = 6;\n  string to = 7;\n  string max = 8;\n}\n";
    assert_eq!(parsed(text).canonical(), text);
}
