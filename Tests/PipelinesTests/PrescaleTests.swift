import Codecs
import Dataflow
import Foundation
import PipelineTestSupport
import Pipelines
import Raster
import TestThreads
import Testing

@Suite("A JPEG that shrinks much can be decoded at a fraction of its size")
struct PrescaleTests {
    /// Waves, as photographs are when they have become small.
    private static func file(_ width: Int, _ height: Int, _ layout: ChannelLayout = .rgb) throws -> Encoded {
        let size = ImageSize(width: width, height: height)
        return try Encoded(
            .jpeg, size, layout, Encoded.samples(size, layout, noise: 0),
            options: .init(quality: 95, subsampling: .s444))
    }

    private func run(_ key: String, _ file: Encoded, _ more: String..., width: Int = 1) throws -> Picture {
        let steps = ([#"{ "op": "resize", \#(key) }"#] + more).joined(separator: ",")
        let context = RunContext(workers: width == 1 ? SingleWorker() : ThreadWorkers(width: width))
        return try Outputs(of: pipeline(steps), onFile: file.bytes, context: context).picture()
    }

    private func distance(_ a: Picture, _ b: Picture) -> Int {
        zip(a.samples, b.samples).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    // A shift by a part of a pixel would show: waves rise by up to 9 levels from pixel to pixel.
    @Test(arguments: [(403, 301), (400, 304), (397, 299)], 1...8 as ClosedRange<UInt8>)
    func theResultIsNearTheExactOneAndNowhereShifted(_ size: (Int, Int), _ exif: UInt8) throws {
        let file = try Self.file(size.0, size.1).oriented(exif)
        for key in [#""scale": 0.24"#, #""scale": 0.12"#, #""width": 40, "height": 60, "fit": "cover""#] {
            let exact = try run(key, file)
            let near = try run(key + #", "prescale": true"#, file)
            #expect((near.width, near.height) == (exact.width, exact.height))
            #expect(near != exact)
            #expect(distance(near, exact) <= 6, "\(key) \(size) \(exif)")
        }
    }

    @Test func threadsChangeNothing() throws {
        let file = try Self.file(700, 900)
        let key = #""width": 90, "prescale": true"#
        #expect(try run(key, file) == run(key, file, width: 2))
    }

    @Test func whereItDoesNotApplyTheResultIsTheExactOne() throws {
        let jpeg = try Self.file(400, 300)
        let size = ImageSize(width: 400, height: 300)
        let png = try Encoded(.png, size, .rgb, Encoded.samples(size, .rgb))
        for (file, key) in [(jpeg, #""scale": 0.26"#), (jpeg, #""width": 800"#), (png, #""scale": 0.1"#)] {
            #expect(try run(key, file) == run(key + #", "prescale": true"#, file))
        }
        // Not what the decoder gives.
        let steps = [#"{ "op": "flip" }"#, #"{ "op": "resize", "scale": 0.1, "prescale": true }"#]
        let other = [#"{ "op": "flip" }"#, #"{ "op": "resize", "scale": 0.1 }"#]
        let results = try [steps, other].map {
            try Outputs(of: pipeline($0.joined(separator: ",")), onFile: jpeg.bytes).picture()
        }
        #expect(results[0] == results[1])
    }

    @Test func thePlanTellsOfIt() throws {
        func lines(_ steps: String...) throws -> [String] {
            let traits = PictureTraits(
                format: .jpeg, size: ImageSize(width: 4001, height: 3000), layout: .rgb, hasLumaPlane: true)
            return try PicturePlan(pipeline(steps.joined(separator: ",")), for: traits).explanation[0].lines
        }
        #expect(
            try lines(#"{ "op": "resize", "scale": 0.1, "prescale": true }"#)
                == ["decoded at 1/4 of the size, 1001×750"])
        #expect(
            try lines(#"{ "op": "gray" }"#, #"{ "op": "resize", "width": 200, "prescale": true }"#)
                == ["luma alone is decoded", "decoded at 1/8 of the size, 501×375"])
        #expect(try lines(#"{ "op": "resize", "scale": 0.1 }"#) == [])
    }

    @Test(arguments: [ChannelLayout.gray, .rgb]) func grayToo(_ layout: ChannelLayout) throws {
        let file = try Self.file(400, 300, layout)
        let gray = #"{ "op": "gray" }"#
        let results = try ["", #", "prescale": true"#].map { key in
            try Outputs(of: pipeline(gray, #"{ "op": "resize", "scale": 0.15 \#(key) }"#), onFile: file.bytes).picture()
        }
        #expect(distance(results[0], results[1]) <= 6)
    }
}
