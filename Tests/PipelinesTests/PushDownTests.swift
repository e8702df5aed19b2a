import Codecs
import Dataflow
import Foundation
import Operations
import PipelineTestSupport
import Pipelines
import Raster
import TestThreads
import Testing

@Suite("What the decoder is spared changes no output")
struct PushDownTests {
    private static let files: [(name: String, file: Encoded)] = {
        var files: [(String, Encoded)] = []
        let size = ImageSize(width: 41, height: 110)
        for subsampling in ChromaSubsampling.allCases {
            for progressive in [false, true] {
                let options = EncodeOptions(subsampling: subsampling, progressive: progressive)
                let file = try! Encoded(.jpeg, size, .rgb, Encoded.samples(size, .rgb), options: options)
                files.append(("jpeg \(subsampling.rawValue) \(progressive)", file))
                if subsampling == .s420 { files.append(("turned jpeg", file.oriented(UInt8(progressive ? 2 : 6)))) }
            }
        }
        for layout in ChannelLayout.allCases {
            for type in [SampleType.uint8, .uint16] {
                for interlace in [false, true] where !interlace || type == .uint8 {
                    let wide = ImageSize(width: size.width * type.byteCount, height: size.height)
                    let file = try! Encoded(
                        .png, size, layout, Encoded.samples(wide, layout), type, options: .init(interlace: interlace))
                    files.append(("png \(layout) \(type) \(interlace)", file))
                }
            }
        }
        return files
    }()

    private static let pipelines = [
        [#"{ "op": "crop", "x": 3, "y": 70, "width": 30, "height": 30 }"#],
        [#"{ "op": "crop", "x": 0, "y": 0, "width": 20, "height": 10 }"#, #"{ "op": "convolve", "kernel": "edges" }"#],
        [
            #"{ "op": "convolve", "kernel": "sharpen" }"#,
            #"{ "op": "crop", "gravity": "bottom", "width": 20, "height": 31 }"#,
        ],
        [#"{ "op": "gray" }"#, #"{ "op": "crop", "width": 20, "height": 21 }"#],
        [
            #"{ "op": "split", "as": ["r", "g", "b"] }"#,
            #"{ "op": "convolve", "from": "r", "kernel": "blur", "as": "r2" }"#,
            #"{ "op": "merge", "from": ["r2", "g", "b"] }"#,
        ],
        [
            #"{ "op": "crop", "x": 1, "y": 60, "width": 38, "height": 41 }"#, #"{ "op": "flip", "axis": "vertical" }"#,
            #"{ "op": "channel", "channel": "green" }"#,
        ],
        [#"{ "op": "channel", "channel": "alpha" }"#],
        [#"{ "op": "resize", "width": 30, "height": 20, "fit": "cover" }"#],
    ]

    @Test(arguments: pipelines.indices) func everyCombination(_ number: Int) throws {
        let steps = Self.pipelines[number].joined(separator: ",")
        let pipeline = try pipeline(steps)
        let ways: [(off: Set<Rewrite>, width: Int)] = [
            ([.skippedRows, .droppedAlpha], 1), ([.skippedRows], 2), ([.droppedAlpha], 2), ([], 1), ([], 2),
        ]
        for (name, file) in Self.files {
            var expected: Data?
            for (off, width) in ways {
                var options = PictureOptions()
                options.rewrites.subtract(off)
                options.cut.roundRows = width == 1 ? nil : 9
                let context = RunContext(workers: width == 1 ? SingleWorker() : ThreadWorkers(width: width))
                let outputs: Outputs
                do {
                    outputs = try Outputs(of: pipeline, onFile: file.bytes, context: context, options: options)
                } catch let error as PictureError where ["channel-count", "outside-picture"].contains(error.code) {
                    continue
                }
                let bytes = try outputs.bytes("picture.png")
                if let expected { #expect(bytes == expected, "\(name) \(steps) without \(off), \(width) threads") }
                expected = bytes
            }
        }
    }

    private func lines(
        _ pipeline: Pipeline, _ format: ImageFormat, _ layout: ChannelLayout, without: Set<Rewrite> = []
    ) throws -> [String] {
        let traits = PictureTraits(
            format: format, size: ImageSize(width: 4000, height: 3000), layout: layout, hasLumaPlane: format == .jpeg)
        let plan = try PicturePlan(pipeline, for: traits, rewrites: Set(Rewrite.allCases).subtracting(without))
        return plan.explanation[0].lines
    }

    @Test func thePlanTellsOfIt() throws {
        let crop = #"{ "op": "crop", "x": 0, "y": 1000, "width": 4000, "height": 500 }"#
        #expect(
            try lines(pipeline(crop), .jpeg, .rgb) == ["of 3000 rows, 1000 to 1499 are decoded"])
        #expect(try lines(pipeline(crop), .jpeg, .rgb, without: [.skippedRows]) == [])
        let green = #"{ "op": "channel", "channel": "green" }"#
        #expect(try lines(pipeline(crop, green), .png, .rgba).first == "alpha is not decoded: nothing reads it")
        #expect(try lines(pipeline(green), .png, .rgba, without: [.droppedAlpha]) == [])
        #expect(try lines(pipeline(crop, #"{ "op": "gray" }"#), .png, .rgba).count == 1)
        #expect(try lines(pipeline(#"{ "op": "gray" }"#), .jpeg, .rgb) == ["luma alone is decoded"])
        #expect(try lines(pipeline(#"{ "op": "convolve", "kernel": "blur" }"#), .png, .rgba) == [])
    }

    @Test(arguments: [ImageFormat.png, .jpeg]) func damageInRowsThatNobodyReadsIsFound(_ format: ImageFormat) throws {
        let size = ImageSize(width: 100, height: 400)
        let file = try Encoded(format, size, .rgb, Encoded.samples(size, .rgb))
        let pipeline = try pipeline(#"{ "op": "crop", "x": 0, "y": 0, "width": 10, "height": 10 }"#)
        _ = try Outputs(of: pipeline, onFile: file.bytes)
        for part in [0.5, 0.95] {
            let cut = file.bytes.prefix(Int(Double(file.bytes.count) * part))
            #expect(throws: PictureError.self) { try Outputs(of: pipeline, onFile: cut) }
        }
    }

    @Test func anEncoderWithThreadsWritesTheSameFile() throws {
        let size = ImageSize(width: 900, height: 700)
        let file = try Encoded(.png, size, .rgb, Encoded.samples(size, .rgb))
        let pipeline = try pipeline(#"{ "op": "convolve", "kernel": "sharpen" }"#)
        let files = try [1, 2, 5].map {
            try Outputs(of: pipeline, onFile: file.bytes, context: RunContext(workers: ThreadWorkers(width: $0)))
                .bytes("picture.png")
        }
        #expect(files[0] == files[1] && files[0] == files[2])
    }
}
