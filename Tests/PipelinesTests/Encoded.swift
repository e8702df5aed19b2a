import Codecs
import Foundation
import PipelineTestSupport
import Pipelines
import Raster
import Specification
import Testing

/// The bytes of a file with a picture in it.
struct Encoded {
    var bytes: Data

    init(
        _ format: ImageFormat, _ size: ImageSize, _ layout: ChannelLayout, _ samples: [UInt8],
        _ sampleType: SampleType = .uint8, options: EncodeOptions = .init()
    ) throws {
        let path = NSTemporaryDirectory() + "/encoded-" + UUID().uuidString
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        unlink(path)
        let encoder = try ImageEncoder(
            descriptor: descriptor, format: format, size: size, layout: layout, sampleType: sampleType,
            options: options)
        try samples.withUnsafeBytes {
            try encoder.write(
                rows: size.height, from: $0.baseAddress!,
                bytesPerRow: size.width * layout.count * sampleType.byteCount)
        }
        try encoder.finish()
        lseek(descriptor, 0, SEEK_SET)
        bytes = try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).readToEnd() ?? Data()
    }

    /// Waves of colour with some noise; the noisier, the more samples differ from their neighbours.
    static func samples(_ size: ImageSize, _ layout: ChannelLayout, noise: Int = 40, seed: UInt64 = 1) -> [UInt8] {
        var state = seed
        var samples: [UInt8] = []
        for y in 0..<size.height {
            for x in 0..<size.width {
                for c in 0..<layout.count {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    let wave = 128 + 80 * sin(Double(x) / 9 + Double(c)) * cos(Double(y) / 13)
                    samples.append(UInt8(Int(wave) + Int(state >> 33) % (noise + 1) - noise / 2))
                }
            }
        }
        return samples
    }

    /// A JPEG that says how it is to be turned.
    func oriented(_ exif: UInt8) -> Encoded {
        let tiff: [UInt8] =
            Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, exif, 0, 0, 0, 0, 0, 0]
        let segment: [UInt8] = Array("Exif".utf8) + [0, 0] + tiff
        var other = self
        other.bytes.insert(contentsOf: [0xff, 0xe1, 0, UInt8(segment.count + 2)] + segment, at: 2)
        return other
    }
}

/// A pipeline of some steps between `decode` and `encode`.
func pipeline(_ steps: String..., key: String = "", encode: String = #"{ "op": "encode", "format": "png" }"#) throws
    -> Pipeline
{
    let all = ([#"{ "op": "decode" }"#] + steps + [encode]).joined(separator: ",\n")
    let source = SourceText(file: "test.json", text: #"{ "version": 1, \#(key) "steps": [\#(all)] }"#)
    var diagnostics = Diagnostics(source: source)
    let pipeline = PipelineReader.read(source, into: &diagnostics)
    return try #require(pipeline, "\(diagnostics.render())")
}
