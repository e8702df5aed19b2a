import Codecs
import Raster
import Specification

/// Writes the picture: rounds and clips it, and gives it a name in the output folder.
struct EncodeStep: Sendable {
    enum Format: String, Sendable, CaseIterable {
        case png, jpeg, same
    }

    enum MetadataPolicy: String, Sendable, CaseIterable {
        case keep, strip
    }

    static let defaultFile = "{folder}/{stem}.{ext}"

    private static let format = Parameter<Format>.choice(
        "format", default: .same, "the format of the output; same: that of the input")
    private static let quality = Parameter<Int>.integer(
        "quality", in: 1...100, default: 90, "JPEG: the quality of libjpeg's scale")
    private static let subsampling = Parameter<ChromaSubsampling>.choice(
        "subsampling", default: .s420, "JPEG: resolution of the colours")
    private static let progressive = Parameter<Bool>.boolean("progressive", default: false, "JPEG: progressive scans")
    private static let compression = Parameter<Int>.integer(
        "compression", in: 0...9, default: EncodeOptions().compression, "PNG: 0 is fastest, 9 smallest")
    private static let depth = Parameter<Int?>.optionalCustom(
        "depth", .integer(8...16), unit: "bits",
        "bits of a sample, 8 or 16 (PNG only); by default as the input has them"
    ) { json, faults in
        if let depth = json.integer, depth == 8 || depth == 16 { return depth }
        faults.error(
            at: json.range, rule: "out-of-range", message: "depth is \(json.summary); allowed are 8 and 16",
            path: ["depth"])
        return nil
    }
    private static let metadata = Parameter<MetadataPolicy>.choice(
        "metadata", default: .keep,
        "what the file says besides its pixels (EXIF, texts); strip leaves only what its colours mean")
    private static let background = Parameter<Colour>.colour(
        "background", default: .white, "what transparency is flattened onto where the format has none")
    static let file = Parameter<String>.string(
        "file", as: .template, default: defaultFile,
        "the output's name: {folder}, {stem}, {ext} and {label} are replaced")

    static let step = StepDescription(
        name: "encode",
        summary: "round, clip and write the picture; several are allowed",
        parameters: [
            format.description, quality.description, subsampling.description, progressive.description,
            compression.description, depth.description, metadata.description, background.description,
            file.description,
        ],
        results: 0...0,
        notes: """
            The one place where samples are rounded, to the nearest whole number of the depth, halves away from zero,
            and clipped. `{folder}` is the folder of the file relative to the input folder, `{stem}` its name without
            the ending, `{ext}` the ending of the output's format.
            """,
        examples: [
            #"{ "op": "encode" }"#,
            #"{ "op": "encode", "format": "jpeg", "quality": 85, "file": "web/{stem}.{ext}" }"#,
        ])

    let format: Format
    let options: EncodeOptions
    let depth: Int?
    let metadata: MetadataPolicy
    let background: Colour
    let file: OutputTemplate

    init(_ reader: inout ParameterReader) {
        format = reader.read(Self.format)
        options = EncodeOptions(
            quality: reader.read(Self.quality), subsampling: reader.read(Self.subsampling),
            progressive: reader.read(Self.progressive), compression: reader.read(Self.compression))
        depth = reader.read(Self.depth)
        metadata = reader.read(Self.metadata)
        background = reader.read(Self.background)
        file = reader.template(Self.file)
        if depth == 16, format == .jpeg {
            reader.error(
                at: "depth", rule: "wrong-value", message: "a JPEG has 8 bits for a sample",
                hint: "leave depth out, or write a png")
        }
        let jpegOnly = ["quality", "subsampling", "progressive"]
        for key in jpegOnly where format == .png && reader.has(key) {
            reader.error(
                at: key, rule: "key-without-effect", message: "\(key) has no effect on a PNG",
                hint: "leave it out, or write a jpeg")
        }
        if format == .jpeg, reader.has("compression") {
            reader.error(
                at: "compression", rule: "key-without-effect", message: "compression has no effect on a JPEG",
                hint: "leave it out, or set quality")
        }
    }

    /// The format for an input of another.
    func format(for input: ImageFormat) -> ImageFormat {
        switch format {
        case .png: .png
        case .jpeg: .jpeg
        case .same: input
        }
    }
}

extension ParameterReader {
    /// A template, with its faults at the place of the text.
    mutating func template(_ parameter: Parameter<String>) -> OutputTemplate {
        let text = read(parameter)
        do {
            return try OutputTemplate(text)
        } catch {
            self.error(
                at: parameter.description.key, rule: "wrong-template", message: error.message, hint: error.hint)
            return try! OutputTemplate(EncodeStep.defaultFile)
        }
    }
}
