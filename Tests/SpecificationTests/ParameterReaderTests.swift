import Specification
import Testing

@Suite("A step's keys are read from its table")
struct ParameterReaderTests {
    enum Border: String, CaseIterable, Sendable { case replicate, reflect, zero, wrap, valid }

    static let stride = Parameter.integer("stride", in: 1...64, default: 1, unit: "pixels", "Distance of places")
    static let border = Parameter.choice("border", default: Border.replicate, "What lies beyond the edge")
    static let kernel = Parameter.requiredMatrix("kernel", maxRows: 63, maxColumns: 63, "The weights")
    static let gamma = Parameter.optionalNumber("gamma", in: anyPositive, "An exponent")
    static let step = StepDescription(
        name: "convolve", summary: "Slides a kernel over the picture",
        parameters: [kernel.description, stride.description, border.description, gamma.description])

    func read(_ text: String) -> (stride: Int, border: Border, kernel: [[Double]], report: String) {
        let source = SourceText(file: "blur.json", text: text)
        var diagnostics = Diagnostics(source: source)
        guard let value = JSONReader.read(source, into: &diagnostics) else {
            return (0, .zero, [], diagnostics.render())
        }
        var reader = ParameterReader(object: value, of: Self.step, context: "step 2 (convolve)", pointer: "/steps/1")
        let result = (reader.read(Self.stride), reader.read(Self.border), reader.read(Self.kernel))
        _ = reader.read(Self.gamma)
        reader.finish(into: &diagnostics)
        return (result.0, result.1, result.2, diagnostics.render())
    }

    @Test func defaultsStandInForKeysLeftOut() {
        let result = read(#"{ "op": "convolve", "kernel": [[1, 2], [3, 4.5]], "x-note": 1 }"#)
        #expect(result.report == "")
        #expect(result.stride == 1)
        #expect(result.border == .replicate)
        #expect(result.kernel == [[1, 2], [3, 4.5]])
    }

    @Test func aRangeErrorSaysWhatWasGivenAndWhatIsAllowed() {
        let result = read(
            """
            { "op": "convolve",
              "kernel": [[1]], "stride": 0 }
            """)
        #expect(
            result.report == """
                blur.json:2:30: error: step 2 (convolve): stride is 0; allowed are 1...64 pixels
                      "kernel": [[1]], "stride": 0 }
                                                 ^
                  hint: stride: Distance of places; 1 where it is left out

                """)
    }

    @Test func allFaultsAreToldAtOnce() {
        let result = read(#"{ "op": "convolve", "strid": 3, "border": "reflekt", "gamma": 0, "kernal": [[1]] }"#)
        for text in [
            #"unknown key "strid""#, #"did you mean "stride"?"#,
            #"did you mean "reflect"?"#, "gamma is 0; allowed are more than 0", #"did you mean "kernel"?"#,
        ] {
            #expect(result.report.contains(text), "\(text)")
        }
        #expect(!result.report.contains("is missing"), "a misspelt key is told once")
    }
}
