import Codecs
import Specification

/// The first step: which files are taken, and how their pixels are read.
struct DecodeStep: Sendable {
    private static let orient = Parameter<Bool>.boolean(
        "orient", default: true, "turn the picture upright as its EXIF orientation says")
    private static let onTruncated = Parameter<TruncationPolicy>.choice(
        "onTruncated", default: .fail, "what happens to a file that ends early: fail, or salvage what is there")
    private static let profile = Parameter<ProfilePolicy>.choice(
        "profile", default: .keep,
        "keep: steps compute on the samples as they are stored; srgb: they are converted to sRGB before the first step")
    private static let maxMegapixels = Parameter<Double?>.optionalNumber(
        "maxMegapixels", in: 0.000_001...1_000_000, unit: "megapixels",
        "larger pictures are refused; by default the limit of the configuration")
    private static let limits = Parameter<Limits>.object(
        "limits", Limits.table, defaultText: "{}", absent: Limits(), placeholder: Limits(),
        "what else a file may ask for, in place of the limits of the configuration"
    ) { (reader: inout ParameterReader, _) in Limits(&reader) }

    static let step = StepDescription(
        name: "decode",
        summary: "read the picture; always the first step",
        parameters: [
            orient.description, onTruncated.description, profile.description, maxMegapixels.description,
            limits.description,
        ],
        inputs: 0...0,
        notes: """
            Samples become numbers from 0 to 255, whatever the depth of the file: a 16-bit sample is divided by 257.
            Palettes are expanded, and transparency becomes an alpha channel.

            `profile` `srgb` converts as the key of `encode` does, but before the first step, in the depth of the file:
            for steps that take samples for sRGB, such as those with `"space": "linear"`.
            """,
        examples: [
            #"{ "op": "decode" }"#, #"{ "op": "decode", "onTruncated": "salvage", "maxMegapixels": 50 }"#,
            #"{ "op": "decode", "limits": { "scans": 500, "metadataBytes": "64MiB" } }"#,
        ])

    let orient: Bool
    let onTruncated: TruncationPolicy
    let profile: ProfilePolicy
    private let maxMegapixels: Double?
    private let limits: Limits

    init(_ reader: inout ParameterReader) {
        orient = reader.read(Self.orient)
        onTruncated = reader.read(Self.onTruncated)
        profile = reader.read(Self.profile)
        maxMegapixels = reader.read(Self.maxMegapixels)
        limits = reader.read(Self.limits)
    }

    /// The limits of the surroundings, with what the step says in their place.
    func limits(over surroundings: DecodeLimits) -> DecodeLimits {
        var result = limits.over(surroundings)
        if let maxMegapixels { result.megapixels = maxMegapixels }
        return result
    }

    /// Those of the configuration's limits that the step may replace; what is left out stays as it is there.
    private struct Limits: Sendable {
        private typealias Table = ServiceConfiguration.Table

        private static let fileBytes = Table.fileBytes.optional
        private static let side = Table.side.optional
        private static let decodedBytes = Table.decodedBytes
        private static let scans = Table.scans.optional
        private static let chunks = Table.chunks.optional
        private static let metadataBytes = Table.metadataBytes.optional
        private static let inflatedMetadataBytes = Table.inflatedMetadataBytes.optional

        static let table = [
            fileBytes.description, side.description, decodedBytes.description, scans.description, chunks.description,
            metadataBytes.description, inflatedMetadataBytes.description,
        ]

        private var fileBytes, side, decodedBytes, scans, chunks, metadataBytes, inflatedMetadataBytes: Int?

        init() {}

        init(_ reader: inout ParameterReader) {
            fileBytes = reader.read(Self.fileBytes)
            side = reader.read(Self.side)
            decodedBytes = reader.read(Self.decodedBytes)
            scans = reader.read(Self.scans)
            chunks = reader.read(Self.chunks)
            metadataBytes = reader.read(Self.metadataBytes)
            inflatedMetadataBytes = reader.read(Self.inflatedMetadataBytes)
        }

        func over(_ surroundings: DecodeLimits) -> DecodeLimits {
            DecodeLimits(
                megapixels: surroundings.megapixels, side: side ?? surroundings.side,
                fileBytes: fileBytes ?? surroundings.fileBytes,
                decodedBytes: decodedBytes ?? surroundings.decodedBytes, scans: scans ?? surroundings.scans,
                chunks: chunks ?? surroundings.chunks, metadataBytes: metadataBytes ?? surroundings.metadataBytes,
                inflatedMetadataBytes: inflatedMetadataBytes ?? surroundings.inflatedMetadataBytes)
        }
    }
}
