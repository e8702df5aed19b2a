import Codecs
import Raster
import Specification

/// Writes the picture: rounds and clips it, and gives it a name in the output folder.
struct EncodeStep: Sendable {
    enum Format: String, Sendable, CaseIterable {
        case png, jpeg, same
    }

    /// What the file says besides its pixels.
    enum MetadataPolicy: Sendable, Equatable {
        case keep, strip
        case without(Set<ImageMetadata.Part>)
    }

    static let defaultFile = "{folder}/{stem}.{ext}"

    private static let format = Parameter<Format>.choice(
        "format", default: .same, "the format of the output; same: that of the input")
    private static let quality = Parameter<Int>.integer(
        "quality", in: 1...100, default: 90, "JPEG: the quality of libjpeg's scale")
    private static let subsampling = Parameter<ChromaSubsampling>.choice(
        "subsampling", default: .s420, "JPEG: resolution of the colours")
    private static let progressive = Parameter<Bool>.boolean("progressive", default: false, "JPEG: progressive scans")
    private static let optimize = Parameter<Bool>.boolean(
        "optimize", default: false, "JPEG: Huffman tables made for the picture: some percent smaller, slower")
    private static let filters = Parameter<PNGFilters>.choice(
        "filters", default: .adaptive, "PNG: how rows are predicted before they are deflated; adaptive: by row")
    private static let interlace = Parameter<Bool>.boolean(
        "interlace", default: false, "PNG: Adam7, coarse to fine; holds the whole picture in memory")
    private static let compression = Parameter<Int>.integer(
        "compression", in: 0...9, default: EncodeOptions().compression, "PNG: 0 is fastest, 9 smallest")
    private static let depth = Parameter<Int?>.optionalCustom(
        "depth", .integer(1...16), unit: "bits",
        "bits of a sample, 8 or 16, of gray also 1, 2 or 4 (PNG only); by default as the input has them, at least 8"
    ) { json, faults in
        if let depth = json.integer, [1, 2, 4, 8, 16].contains(depth) { return depth }
        faults.error(
            at: json.range, rule: "out-of-range", message: "depth is \(json.summary); allowed are 1, 2, 4, 8 and 16",
            path: ["depth"])
        return nil
    }
    private static let metadata = Parameter<MetadataPolicy>.custom(
        "metadata",
        .anyOf([
            .choice(["keep", "strip"]),
            .list(.choice(ImageMetadata.Part.allCases.map(\.rawValue)), count: 1...Int.max),
        ]), default: .keep, defaultText: #""keep""#,
        "what the file says besides its pixels; strip leaves only what its colours mean, a list names what is left out"
    ) { json, _ in
        if let text = json.string { return text == "strip" ? .strip : .keep }
        return .without(Set((json.array ?? []).compactMap { $0.string.flatMap(ImageMetadata.Part.init) }))
    }
    private static let profile = Parameter<ProfilePolicy>.choice(
        "profile", default: .keep,
        "keep: samples stay and their colour profile goes with them; srgb: they are converted to sRGB")
    private static let density = Parameter<Int?>.optionalInteger(
        "density", in: 1...65_535, unit: "pixels per inch", "the density to state; by default as the input states it")
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
            optimize.description, compression.description, filters.description, interlace.description,
            depth.description, metadata.description, profile.description, density.description,
            background.description, file.description,
        ],
        results: 0...0,
        notes: """
            The one place where samples are rounded, to the nearest whole number of the depth, halves away from zero,
            and clipped. `{folder}` is the folder of the file relative to the input folder, `{stem}` its name without
            the ending, `{ext}` the ending of the output's format. Without `{folder}` the pictures of all folders come
            into one, where two of the same name get in each other's way.

            `metadata` as a list leaves these out and keeps the rest: `exif`, `gps` (within EXIF and XMP), `thumbnail`,
            `xmp`, `iptc`, `text` (comments and PNG texts), `density`, `time`, `other`, and of what colours mean `icc`,
            `cicp`, `srgb`, `gamma`. EXIF follows the picture: after a change it has no thumbnail, and its size is that of
            the output. [pictures.md](pictures.md) says more.

            `profile` `srgb` converts by the embedded profile, else by the PNG's cICP, sRGB, gAMA and cHRM (relative
            colorimetric, black point compensation), after rounding to the output's depth. What says nothing is sRGB
            already. A broken profile is an error.
            """,
        examples: [
            #"{ "op": "encode" }"#,
            #"{ "op": "encode", "format": "jpeg", "quality": 85, "file": "web/{folder}/{stem}.{ext}" }"#,
            #"{ "op": "encode", "profile": "srgb", "metadata": ["gps", "thumbnail"], "density": 72 }"#,
        ])

    /// The keys that mean nothing to the other format.
    private static let keys: [(format: Format, keys: [ParameterDescription])] = [
        (.jpeg, [quality.description, subsampling.description, progressive.description, optimize.description]),
        (.png, [compression.description, filters.description, interlace.description]),
    ]

    let format: Format
    let options: EncodeOptions
    let depth: Int?
    let metadata: MetadataPolicy
    let profile: ProfilePolicy
    let background: Colour
    let file: OutputTemplate

    init(_ reader: inout ParameterReader) {
        format = reader.read(Self.format)
        options = EncodeOptions(
            quality: reader.read(Self.quality), subsampling: reader.read(Self.subsampling),
            progressive: reader.read(Self.progressive), optimizeCoding: reader.read(Self.optimize),
            compression: reader.read(Self.compression), filters: reader.read(Self.filters),
            interlace: reader.read(Self.interlace), dotsPerInch: reader.read(Self.density))
        depth = reader.read(Self.depth)
        metadata = reader.read(Self.metadata)
        profile = reader.read(Self.profile)
        background = reader.read(Self.background)
        file = reader.template(Self.file)
        if let depth, depth != 8, format == .jpeg {
            reader.error(
                at: "depth", rule: "wrong-value", message: "a JPEG has 8 bits for a sample",
                hint: "leave depth out, or write a png")
        }
        for (owner, keys) in Self.keys where format != .same && format != owner {
            for key in keys.map(\.key) where reader.has(key) {
                reader.error(
                    at: key, rule: "key-without-effect",
                    message: "\(key) has no effect on a \(format.rawValue.uppercased())",
                    hint: format == .jpeg && key == "compression"
                        ? "leave it out, or set quality" : "leave it out, or write a \(owner.rawValue)")
            }
        }
        if options.progressive, reader.has("optimize"), !options.optimizeCoding {
            reader.error(
                at: "optimize", rule: "wrong-value", message: "a progressive JPEG always has its own Huffman tables",
                hint: "leave optimize out")
        }
    }

    /// What of the picture's metadata goes into the file.
    func metadata(of source: ImageMetadata, after changes: SampleChanges) -> ImageMetadata {
        let adapted = source.adapted(to: changes)
        return switch metadata {
        case .keep: adapted
        case .strip: adapted.strippedToColor()
        case .without(let parts): adapted.stripped(parts)
        }
    }

    /// Whether the file says how viewers have to turn the picture, where the input says so.
    var keepsOrientation: Bool {
        switch metadata {
        case .keep: true
        case .strip: false
        case .without(let parts): !parts.contains(.exif)
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
