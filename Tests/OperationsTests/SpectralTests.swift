import Dataflow
import Kernels
import Processor
import Raster
import TestThreads
import Testing

@testable import Operations

@Suite("Large kernels of real numbers are computed by spectra of rows")
struct SpectralTests {
    private static func kernel(_ rows: Int, _ columns: Int) -> [[Double]] {
        var randomness = Randomness(rows * 100 + columns)
        return (0..<rows).map { _ in
            (0..<columns).map { _ in Double.random(in: -1...1, using: &randomness) / Double(rows * columns) * 4 }
        }
    }

    private static func step(_ kernel: [[Double]], _ border: BorderMode = .replicate) -> Steps {
        Steps(#"{ "op": "convolve", "kernel": \#(kernel), "border": "\#(border.rawValue)", "offset": 90.5 }"#)
    }

    // Among them pictures smaller than the kernel, and one whose last piece has a single result.
    @Test(
        arguments: [BorderMode.replicate, .reflect, .zero, .valid], [(90, 40), (99, 34), (20, 10), (1, 1)])
    func theResultIsThatOfTheDefinition(_ border: BorderMode, _ size: (Int, Int)) throws {
        let cases: [(ChannelLayout, SampleType, rows: Int, columns: Int)] = [
            (.gray, .uint8, 31, 31), (.rgb, .uint8, 33, 20), (.rgb, .uint16, 31, 31),
        ]
        for (layout, type, rows, columns) in cases {
            if border == .valid, size.0 < columns || size.1 < rows { continue }
            let picture = Picture(random: size.0, size.0, size.1, layout, type)
            let kernel = Self.kernel(rows, columns)
            let result = try Self.step(kernel, border).run(picture)
            #expect(result.summaries.contains { $0.contains("by spectra of rows") })
            let wanted = picture.values.convolved(with: ConvolutionKernel(kernel), offset: 90.5, border: border)
            #expect(result.values.distance(to: wanted) < 0.0005, "\(layout) \(type) \(columns)×\(rows)")
        }
    }

    @Test func theErrorIsBelowTheBoundThatIsTold() throws {
        // The largest samples, and weights that make them add up.
        var picture = Picture(random: 1, 90, 64, .gray, .uint8)
        picture.samples = picture.samples.map { $0 > 127 ? 255 : 0 }
        let kernel = Self.kernel(63, 63)
        let wanted = picture.values.convolved(with: ConvolutionKernel(kernel), offset: 90.5)
        let result = try Self.step(kernel).run(picture)
        let window = WindowGeometry(rows: 63, columns: 63, border: .replicate, input: picture.format.size)
        let plan = SpectralPlan(kernel.flatMap { $0 }, window, channels: 1)
        let bound = plan.relativeError * 255 * kernel.joined().reduce(0) { $0 + abs($1) }
        #expect(result.values.distance(to: wanted) < bound)
        #expect(bound < 0.2)
    }

    @Test(arguments: [ChannelLayout.gray, .rgb]) func theResultDoesNotDependOnHowTheWorkIsCut(_ layout: ChannelLayout)
        throws
    {
        let picture = Picture(random: 5, 150, 50, layout, .uint8)
        let whole = try Self.step(Self.kernel(27, 30)).run(picture)
        for (index, stripRows) in [1, 3, 8, 64].enumerated() {
            for width in [1, 3] {
                var step = Self.step(Self.kernel(27, 30))
                step.options.stripRows = stripRows
                step.options.bandCount = width == 1 ? nil : 3
                step.options.roundRows = [nil, 7, 16, 11][index]
                step.streams = true
                step.workers = width == 1 ? SingleWorker() : ThreadWorkers(width: width)
                let result = try step.run(picture)
                #expect(result.bytes == whole.bytes && result.values.distance(to: whole.values) == 0)
            }
        }
        if InstructionLevel.current == .wide {
            var step = Self.step(Self.kernel(27, 30))
            step.loops = .at(.baseline)
            let result = try step.run(picture)
            #expect(result.bytes == whole.bytes && result.values.distance(to: whole.values) == 0)
        }
    }

    @Test func whereTheyDoNotPayTheyAreNotUsed() throws {
        let picture = Picture(random: 6, 60, 60, .gray, .uint8)
        func isSpectral(_ steps: Steps) throws -> Bool {
            try steps.run(picture).summaries.contains { $0.contains("spectra") }
        }
        #expect(try !isSpectral(Self.step(Self.kernel(5, 5))))
        #expect(try !isSpectral(Self.step(Self.kernel(31, 1))))
        // A ring of rows is no use where the first row needs the last.
        #expect(try !isSpectral(Self.step(Self.kernel(31, 31), .wrap)))
        // Whole numbers are exact in other ways.
        #expect(
            try !isSpectral(
                Steps(#"{ "op": "convolve", "kernel": \#(Self.kernel(31, 31).map { $0.map { Int($0 * 90_000) } }) }"#)))
        var without = Self.step(Self.kernel(31, 31))
        let with = try without.run(picture)
        without.rewrites.remove(.spectra)
        #expect(try !isSpectral(without))
        #expect(try with.values.distance(to: without.run(picture).values) < 0.0005)
    }
}
