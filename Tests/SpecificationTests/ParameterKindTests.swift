import Specification
import Testing

@Suite("A value that is not of its kind is told with what is expected")
struct ParameterKindTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let key: String
        let json: String
        let message: String
        let hint: String?

        init(_ key: String, _ json: String, _ message: String, hint: String? = nil) {
            (self.key, self.json, self.message, self.hint) = (key, json, message, hint)
        }

        var testDescription: String { "\(key): \(json)" }
    }

    static let cases = [
        Case("flag", "1", "flag is 1; expected true or false"),
        Case("count", "0", "count is 0; allowed are 1...64 pixels"),
        Case("count", "1.5", "count is 1.5; expected a whole number, 1...64 pixels"),
        Case("count", "99999999999999999999", "count is 99999999999999999999; allowed are 1...64 pixels"),
        Case("count", "1e300", "count is 1e300; allowed are 1...64 pixels"),
        Case(
            "count", "\"3\"", "count is \"3\"; expected a whole number, 1...64 pixels",
            hint: "numbers stand without quotation marks: 3"),
        Case("open", "-1", "open is -1; allowed are at least 0"),
        Case("open", "99999999999999999999", "open is 99999999999999999999; that is too large"),
        Case("open", "-99999999999999999999", "open is -99999999999999999999; allowed are at least 0"),
        Case("bytes", "\"99999999999TiB\"", "bytes is \"99999999999TiB\"; that is too large"),
        Case(
            "bytes", "\"0.3B\"",
            "bytes is \"0.3B\"; expected a number of bytes such as 1048576, \"512MiB\" or \"2GiB\""),
        Case(
            "from", "0.5",
            "from is 0.5; expected the name of an earlier result or a list of names of earlier results"),
        Case("as", "[\"a\", \"\"]", "as[1] is empty"),
        Case("ratio", "0", "ratio is 0; allowed are more than 0"),
        Case("share", "1.01", "share is 1.01; allowed are 0...1"),
        Case("share", "null", "share is null; expected a number, 0...1"),
        Case("text", "[]", "text is a list of 0 values; expected a text"),
        Case(
            "word", "\"tow\"", "word is \"tow\"; allowed are \"one\", \"two\"", hint: "did you mean \"two\"?"),
        Case("bytes", "0", "bytes is 0; allowed are at least 1 bytes"),
        Case(
            "bytes", "\"2 XB\"",
            "bytes is \"2 XB\"; expected a number of bytes such as 1048576, \"512MiB\" or \"2GiB\""),
        Case("time", "\"2\"", "time is \"2\"; expected a time such as 2 (seconds), \"500ms\" or \"1.5s\""),
        Case("time", "-1", "time is -1; expected a time such as 2 (seconds), \"500ms\" or \"1.5s\""),
        Case("colour", "\"red\"", "colour is \"red\"; expected a colour such as \"#ff8000\""),
        Case("matrix", "3", "matrix is 3; expected a matrix of at most 3×2 numbers, as a list of rows"),
        Case("matrix", "[]", "matrix has 0 rows; allowed are 1...3"),
        Case("matrix", "[[]]", "matrix has 0 columns; allowed are 1...2"),
        Case("matrix", "[[1, 2, 3]]", "matrix has 3 columns; allowed are 1...2"),
        Case(
            "matrix", "[[1, 2], [3]]", "row 2 of matrix has 1 numbers; the rows before have 2",
            hint: "all rows of a matrix have the same length"),
        Case("matrix", "[[1, true]]", "matrix[0][1] is true; expected a number"),
        Case(
            "matrix", "[1, 2]", "matrix is a list of numbers; expected a list of rows",
            hint: "one row is written with two brackets: [[1, 2, 1]]"),
        Case("matrix", "[[1], 2]", "matrix[1] is 2; expected a row, which is a list of numbers"),
        Case("list", "[]", "list has 0 values; allowed are 1...3"),
        Case("list", "[1, 10]", "list[1] is 10; allowed are 0...9"),
        Case("object", "{ \"iner\": 1 }", "unknown key \"iner\" in object", hint: "did you mean \"inner\"?"),
        Case("object", "{ \"inner\": 1 }", "object.inner is 1; expected true or false"),
        Case("map", "{ \"a b\": 1 }", "map.a b is 1; expected a text"),
        Case("either", "9", "either is 9; allowed are 1...4"),
        Case("either", "\"atuo\"", "either is \"atuo\"; allowed are \"auto\"", hint: "did you mean \"auto\"?"),
        Case("either", "true", "either is true; expected \"auto\" or a whole number, 1...4"),
        Case("name", "\"\"", "name is empty"),
        Case("path", "\"a\\u0000b\"", "path contains a NUL character"),
        Case(
            "pattern", "\"*.{a,b}\"", "pattern is \"*.{a,b}\"; alternatives in braces are not supported",
            hint: "give several patterns in a list; a brace itself is written \"\\\\{\" in JSON"),
    ]

    @Test(arguments: cases)
    func theMessageSaysWhatWasGivenAndWhatIsExpected(_ example: Case) throws {
        let object = #"{ "op": "sample", "\#(example.key)": \#(example.json) }"#
        let value = try #require(read(object).value)
        let description =
            SampleTables.parameters.first { $0.key == example.key }
            ?? ParameterDescription(key: example.key, kind: .anyJSON, meaning: "")
        let parameter = Parameter<Bool>(
            description.key, description.kind, absent: false, defaultText: nil, placeholder: false,
            unit: description.unit, description.meaning
        ) { _, _ in true }
        var reader = ParameterReader(
            object: value, of: SampleTables.steps[0], context: "step 1 (sample)", pointer: "/s/0")
        _ = reader.read(parameter)
        let diagnostic = try #require(reader.diagnostics.first)
        #expect(reader.diagnostics.count == 1)
        #expect(diagnostic.message == example.message)
        // Where there is no better advice, what the key is for.
        #expect(diagnostic.hint == example.hint || (example.hint == nil && diagnostic.hint?.contains(": ") == true))
        #expect(diagnostic.pointer.hasPrefix("/s/0/\(example.key)"))
        #expect(diagnostic.context == "step 1 (sample)")
    }

    @Test func aValueThatCouldNotBeReadIsToldOnce() throws {
        let source = SourceText(file: "f", text: #"{ "count": 1e999, "list": [1, x], "matrix": [[1], y] }"#)
        var diagnostics = Diagnostics(source: source)
        let value = try #require(JSONReader.read(source, into: &diagnostics))
        var reader = ParameterReader(object: value, of: SampleTables.parameters)
        for description in SampleTables.parameters {
            _ = reader.read(
                Parameter<Bool>.custom(description.key, description.kind, default: false, defaultText: nil, "") {
                    _, _ in true
                })
        }
        reader.finish(into: &diagnostics)
        #expect(places(diagnostics) == ["number-out-of-range@1:12", "unknown-word@1:31", "unknown-word@1:51"])
    }

    @Test func everyKindOfParameterIsRead() throws {
        enum Word: String, CaseIterable, Sendable { case one, two }
        let value = try #require(
            read(
                """
                { "i": 3, "n": 2.5, "b": true, "s": "x", "w": "two", "c": "#Ff8000", "m": [[1, 2], [3, 4]],
                  "one": "a", "many": ["a", "b"], "bytes": "2KiB", "time": "1.5min", "object": { "i": 4 }, "p": "/x" }
                """
            ).value)
        var reader = ParameterReader(
            object: value,
            of: value.members!.map { ParameterDescription(key: $0.key.text, kind: .anyJSON, meaning: "") })
        #expect(reader.read(.integer("i", in: 0...9, default: 1, "")) == 3)
        #expect(reader.read(.requiredInteger("i", "")) == 3)
        #expect(reader.read(.optionalInteger("i", "")) == 3)
        #expect(reader.read(.optionalInteger("none", "")) == nil)
        #expect(reader.read(.number("n", default: 0, "")) == 2.5)
        #expect(reader.read(.requiredNumber("i", "")) == 3)
        #expect(reader.read(.optionalNumber("none", "")) == nil)
        #expect(reader.read(.boolean("b", default: false, "")) == true)
        #expect(reader.read(.requiredBoolean("b", "")) == true)
        #expect(reader.read(.optionalBoolean("none", "")) == nil)
        #expect(reader.read(.string("s", default: "", "")) == "x")
        #expect(reader.read(.requiredString("s", as: .valueName, "")) == "x")
        #expect(reader.read(.optionalString("s", "")) == "x")
        #expect(reader.read(.choice("w", default: Word.one, "")) == .two)
        #expect(reader.read(Parameter<Word>.requiredChoice("w", "")) == .two)
        #expect(reader.read(Parameter<Word?>.optionalChoice("w", "")) == .two)
        #expect(reader.read(Parameter<Word?>.optionalChoice("none", "")) == nil)
        #expect(reader.read(.colour("c", default: .white, "")) == Colour(red: 255, green: 128, blue: 0))
        #expect(reader.read(.optionalColour("none", "")) == nil)
        #expect(reader.read(.requiredMatrix("m", maxRows: 2, maxColumns: 2, "")) == [[1, 2], [3, 4]])
        #expect(reader.read(.optionalMatrix("m", maxRows: 2, maxColumns: 2, "")) == [[1, 2], [3, 4]])
        #expect(reader.read(.requiredNames("one", "")) == ["a"])
        #expect(reader.read(.names("many", default: [], "")) == ["a", "b"])
        #expect(reader.read(.optionalNames("none", "")) == nil)
        #expect(reader.read(.byteCount("bytes", default: 1, "")) == 2048)
        #expect(reader.read(.requiredByteCount("i", "")) == 3)
        #expect(reader.read(.optionalByteCount("none", "")) == nil)
        #expect(reader.read(.duration("time", default: .zero, defaultText: "0", "")) == .seconds(90))
        #expect(reader.read(.optionalDuration("i", "")) == .seconds(3))
        #expect(reader.read(.path("p", "")) == PathBytes("/x"))
        let inner = Parameter.integer("i", default: 0, "")
        let object = Parameter.object("object", [inner.description], absent: 0, placeholder: 0, "") {
            (reader: inout ParameterReader, _) in reader.read(inner)
        }
        #expect(reader.read(object) == 4)
        #expect(reader.diagnostics == [])
        #expect(reader.names("many").map(\.text) == ["a", "b"])
        #expect(reader.names("many").map(\.pointer) == ["/many/0", "/many/1"])
        #expect(reader.names("none").isEmpty)
    }

    @Test func faultsAcrossKeysStandAtTheirValue() throws {
        let text = #"{ "a": 1, "b": 2 }"#
        let value = try #require(read(text).value)
        var reader = ParameterReader(object: value, of: [], pointer: "/steps/3")
        reader.error(at: "b", rule: "too-many", message: "b is more than a")
        reader.error(at: "c", rule: "none", message: "c is missing")
        reader.warning(at: "a", rule: "odd", message: "a is odd")
        #expect(reader.diagnostics.suffix(3).map(\.range) == [15..<16, 0..<1, 7..<8])
        #expect(reader.diagnostics.suffix(3).map(\.pointer) == ["/steps/3/b", "/steps/3", "/steps/3/a"])
    }
}

@Suite("Numbers of bytes, times and colours are read as people write them")
struct WrittenQuantityTests {
    @Test(arguments: [
        ("0", 0), ("4096", 4096), ("512MiB", 512 << 20), ("2GiB", 2 << 30), ("1.5 GiB", 3 << 29),
        ("2GB", 2_000_000_000),
        ("10kB", 10_000), ("10KB", 10_000), ("1B", 1), ("0.5KiB", 512), ("9223372036854775807", Int.max),
    ])
    func byteCounts(_ text: String, _ expected: Int) {
        #expect(ByteCount.parse(text) == expected)
    }

    @Test(arguments: [
        "", "B", "1.B", ".5MB", "-1", "1 XB", "1mib", "0.3B", "9223372036854775808", "9999999TiB", "1.2.3MB", "1e3",
        "٣MB",
        "1MB ", "1\u{301}MB",
    ])
    func textsThatAreNoByteCounts(_ text: String) {
        #expect(ByteCount.parse(text) == nil)
    }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("1.5s", .milliseconds(1500)), ("2 min", .seconds(120)),
        ("1h", .seconds(3600)), ("0s", .zero),
    ])
    func durations(_ text: String, _ expected: Duration) {
        #expect(DurationText.parse(text) == expected)
    }

    @Test(arguments: ["", "5", "s", "-1s", "1 d", "1e3s", "99999999999999999999h", "1.s"])
    func textsThatAreNoDurations(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test func colours() {
        #expect(Colour("#fff") == .white && Colour("#000000") == .black)
        #expect(Colour("#1a2B3c")?.text == "#1a2b3c")
        for text in ["", "#", "fff", "#ff", "#ffff", "#fffffff", "#ggg", "#ｆｆｆ"] { #expect(Colour(text) == nil) }
    }
}

@Suite("A misspelt word is met with the nearest known one")
struct NearestWordTests {
    static let words = [
        "convolve", "combine", "channel", "decode", "encode", "find-pattern", "leaky-relu", "relu", "elu",
    ]

    @Test(arguments: [
        ("convlove", "convolve"), ("Convolve", "convolve"), ("conv", "convolve"), ("chanel", "channel"),
        ("findPattern", "find-pattern"), ("find_patern", "find-pattern"), ("decoed", "decode"), ("endcode", "encode"),
        ("leakyrelu", "leaky-relu"), ("rleu", "relu"),
    ])
    func itIsFound(_ word: String, _ expected: String) {
        #expect(nearest(word, in: Self.words) == expected)
    }

    @Test(arguments: ["", "x", "xyz", "blur", "sharpen", String(repeating: "a", count: 1000)])
    func nothingIsGuessedFromAfar(_ word: String) {
        #expect(nearest(word, in: Self.words) == nil)
    }
}
