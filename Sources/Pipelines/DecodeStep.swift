import Codecs
import Specification

/// The first step: which files are taken, and how their pixels are read.
struct DecodeStep: Sendable {
    private static let orient = Parameter<Bool>.boolean(
        "orient", default: true, "turn the picture upright as its EXIF orientation says")
    private static let onTruncated = Parameter<TruncationPolicy>.choice(
        "onTruncated", default: .fail, "what happens to a file that ends early: fail, or salvage what is there")
    private static let maxMegapixels = Parameter<Double?>.optionalNumber(
        "maxMegapixels", in: 0.000_001...1_000_000, unit: "megapixels",
        "larger pictures are refused; by default the limit of the configuration")

    static let step = StepDescription(
        name: "decode",
        summary: "read the picture; always the first step",
        parameters: [orient.description, onTruncated.description, maxMegapixels.description],
        inputs: 0...0,
        notes: """
            Samples become numbers from 0 to 255, whatever the depth of the file: a 16-bit sample is divided by 257.
            Palettes are expanded, and transparency becomes an alpha channel.
            """,
        examples: [#"{ "op": "decode" }"#, #"{ "op": "decode", "onTruncated": "salvage", "maxMegapixels": 50 }"#])

    let orient: Bool
    let onTruncated: TruncationPolicy
    let maxMegapixels: Double?

    init(_ reader: inout ParameterReader) {
        orient = reader.read(Self.orient)
        onTruncated = reader.read(Self.onTruncated)
        maxMegapixels = reader.read(Self.maxMegapixels)
    }
}
