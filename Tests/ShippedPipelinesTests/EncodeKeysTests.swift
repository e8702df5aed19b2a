import Foundation
import PipelineTestSupport
import Pipelines
import Specification
import Testing

@Suite("The keys of decode and encode reach the files")
struct EncodeKeysTests {
    private func pipeline(decode: String = "", encode: String = "", between: String = "") throws -> Pipeline {
        let text = """
            { "version": 1, "steps": [{ "op": "decode"\(decode) }, \(between) { "op": "encode"\(encode) }] }
            """
        let (pipeline, diagnostics) = Shipped.read(SourceText(file: "keys.json", text: text))
        return try #require(pipeline, "\(diagnostics.render())")
    }

    private let ramp = Picture(64, 48, .rgb) { x, y, channel in (x * (channel + 1) + 2 * y) & 255 }

    private func encoded(_ keys: String, _ picture: Picture? = nil) throws -> Data {
        let outputs = try Outputs(of: pipeline(encode: keys), on: picture ?? ramp)
        return try outputs.bytes(try #require(outputs.names.first))
    }

    private func chunk(_ type: String, _ data: [UInt8]) -> Data {
        let content = Array(type.utf8) + data
        var crc: UInt32 = 0xffff_ffff
        for byte in content {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xedb8_8320 : 0) }
        }
        func word(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
        return Data(word(UInt32(data.count)) + content + word(~crc))
    }

    /// A PNG of `ramp` with chunks behind its header.
    private func png(_ chunks: [Data]) throws -> Data {
        var file = try encoded(#", "format": "png""#)
        file.insert(contentsOf: chunks.reduce(Data(), +), at: 33)
        return file
    }

    private func text(_ words: String) -> Data { chunk("tEXt", Array("Comment\0\(words)".utf8)) }

    @Test("PNG: interlacing and filters change the file and not its samples")
    func pngKeys() throws {
        for filter in ["adaptive", "none", "sub", "up", "average", "paeth"] {
            for interlace in [false, true] {
                let keys = #", "format": "png", "filters": "\#(filter)", "interlace": \#(interlace)"#
                let outputs = try Outputs(of: pipeline(encode: keys), on: ramp)
                #expect(try outputs.picture() == ramp)
                #expect(try outputs.bytes("picture.png")[28] == (interlace ? 1 : 0))
            }
        }
        let sizes = try ["up", "none"].map { try encoded(#", "format": "png", "filters": "\#($0)""#).count }
        #expect(sizes[0] < sizes[1])
    }

    @Test("PNG: a gray picture takes one bit for a sample where that is asked for")
    func oneBit() throws {
        let gray = #"{ "op": "gray" }, { "op": "apply", "function": "threshold", "level": 100 },"#
        let outputs = try Outputs(of: pipeline(encode: #", "format": "png", "depth": 1"#, between: gray), on: ramp)
        let whole = try Outputs(of: pipeline(encode: #", "format": "png""#, between: gray), on: ramp)
        #expect(try outputs.bytes("picture.png")[24] == 1)
        #expect(try outputs.picture() == whole.picture())
        #expect { try Outputs(of: pipeline(encode: #", "format": "png", "depth": 1"#), on: ramp) } throws: {
            ($0 as? PictureError)?.code == "not-encodable"
        }
    }

    @Test("JPEG: tables made for the picture make it smaller, and its samples stay")
    func jpegKeys() throws {
        let plain = try Outputs(of: pipeline(encode: #", "format": "jpeg""#), on: ramp)
        let optimized = try Outputs(of: pipeline(encode: #", "format": "jpeg", "optimize": true"#), on: ramp)
        #expect(try optimized.bytes("picture.jpg").count < plain.bytes("picture.jpg").count)
        #expect(try optimized.picture("picture.jpg") == plain.picture("picture.jpg"))
    }

    @Test("A density is stated in both formats")
    func density() throws {
        let jpeg = try encoded(#", "format": "jpeg", "density": 300"#)
        // JFIF's unit is the inch, then 300 twice.
        #expect(Array(jpeg[13..<18]) == [1, 1, 0x2c, 1, 0x2c])
        let png = try encoded(#", "format": "png", "density": 300"#)
        #expect(png.range(of: chunk("pHYs", [0, 0, 0x2e, 0x23, 0, 0, 0x2e, 0x23, 1])) != nil)
    }

    @Test("A list leaves out what it names and keeps the rest")
    func metadataList() throws {
        let file = try png([text("hello"), chunk("tIME", [7, 0xe8, 1, 1, 0, 0, 0]), chunk("cICP", [1, 13, 0, 1])])
        func kept(_ metadata: String) throws -> [Bool] {
            let outputs = try Outputs(of: pipeline(encode: #", "metadata": \#(metadata)"#), onFile: file)
            let bytes = try outputs.bytes("picture.png")
            return ["tEXt", "tIME", "cICP"].map { bytes.range(of: Data($0.utf8)) != nil }
        }
        #expect(try kept(#""keep""#) == [true, true, true])
        #expect(try kept(#""strip""#) == [false, false, true])
        #expect(try kept(#"["time"]"#) == [true, false, true])
        #expect(try kept(#"["text", "cicp"]"#) == [false, true, false])
    }

    /// Linear light in Display P3 is brought to linear BT.709 by the product of the two systems' matrices.
    @Test(
        "profile srgb converts the samples and says so, before the first step or after the last",
        arguments: ["png", "jpeg"], [false, true])
    func profile(format: String, atOnce: Bool) throws {
        let colour = [200, 120, 40]
        let flat = Picture(32, 32, .rgb) { _, _, channel in colour[channel] }
        var file = try encoded(#", "format": "png""#, flat)
        file.insert(contentsOf: chunk("cICP", [12, 13, 0, 1]), at: 33)
        let quality = format == "jpeg" ? #", "quality": 100, "subsampling": "4:4:4""# : ""
        let keys = #", "format": "\#(format)"\#(quality)"#
        let profile = #", "profile": "srgb""#
        let outputs = try Outputs(
            of: pipeline(decode: atOnce ? profile : "", encode: atOnce ? keys : keys + profile), onFile: file)
        let name = format == "png" ? "picture.png" : "picture.jpg"
        let matrix = [[1.224940, -0.224940, 0], [-0.042057, 1.042057, 0], [-0.019638, -0.078636, 1.098274]]
        let light = colour.map { value -> Double in
            let value = Double(value) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        let picture = try outputs.picture(name)
        for channel in 0..<3 {
            let sum = (0..<3).reduce(0) { $0 + matrix[channel][$1] * light[$1] }
            let clipped = min(1, max(0, sum))
            let expected = clipped <= 0.0031308 ? clipped * 12.92 : 1.055 * pow(clipped, 1 / 2.4) - 0.055
            #expect(abs(Double(picture[7, 7, channel]) - expected * 255) <= 2)
        }
        let bytes = try outputs.bytes(name)
        #expect(bytes.range(of: Data("cICP".utf8)) == nil)
        if format == "png" { #expect(bytes.range(of: chunk("sRGB", [1])) != nil) }
    }

    @Test("A profile that is broken ends the file's run, at the step that was to use it")
    func brokenProfile() throws {
        let file = try png([chunk("iCCP", Array("p\0\0".utf8) + [0x78, 0x9c, 3, 0, 0, 0, 0, 1])])
        #expect {
            try Outputs(of: pipeline(encode: #", "profile": "srgb""#), onFile: file)
        } throws: {
            let error = $0 as? PictureError
            return error?.code == "profile" && error?.step == "step 2 (encode)"
        }
        #expect(try Outputs(of: pipeline(), onFile: file).picture() == ramp)
    }

    @Test("What could not be written is told")
    func encoderWarnings() throws {
        let file = try png([text(String(repeating: "x", count: 70_000))])
        let report = try Outputs(of: pipeline(encode: #", "format": "jpeg""#), onFile: file).report
        #expect(report?.warnings == ["a JPEG has no place for the tEXt chunk of a PNG"])
    }

    /// The key that a refusal names is a key of the decode step, and raising it lets the file pass.
    @Test(
        "Every limit that is named in a refusal can be set in the decode step",
        arguments: [
            ("side", 63, 64), ("fileBytes", 200, 1 << 20), ("decodedBytes", 9000, 9216), ("scans", 9, 10),
            ("chunks", 1, 3), ("metadataBytes", 10, 100),
        ])
    func limits(key: String, low: Int, high: Int) throws {
        let file =
            key == "scans" ? try encoded(#", "format": "jpeg", "progressive": true"#) : try png([text("a"), text("b")])
        func run(_ value: Int) throws {
            _ = try Outputs(of: pipeline(decode: #", "limits": { "\#(key)": \#(value) }"#), onFile: file)
        }
        try run(high)
        #expect { try run(low) } throws: {
            let error = $0 as? PictureError
            return error?.code.hasPrefix("limit-") == true && error?.hint?.contains("limits.\(key)") == true
        }
    }

    @Test("Texts that inflate beyond their limit are told by its key, which can be raised")
    func inflatedMetadata() throws {
        // Three bytes, stored in a zlib stream.
        let stream: [UInt8] = [0x78, 0x01, 1, 3, 0, 0xfc, 0xff, 97, 98, 99, 0x02, 0x4d, 0x01, 0x27]
        let file = try png([chunk("zTXt", Array("Comment\0\0".utf8) + stream)])
        func warnings(_ value: Int) throws -> [String]? {
            let limits = #", "limits": { "inflatedMetadataBytes": \#(value) }"#
            return try Outputs(of: pipeline(decode: limits), onFile: file).report?.warnings
        }
        #expect(try warnings(3) == [])
        #expect(try warnings(2)?.first?.contains("limits.inflatedMetadataBytes") == true)
    }
}
