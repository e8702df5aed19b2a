import Codecs
import Dataflow
import Glibc
import Raster
import Specification

/// Times the stages of a pipeline on one picture: decode and encode once, the steps between them several times.
public struct PipelineBenchmark {
    /// Milliseconds.
    public struct Result: Sendable {
        public var decode: Double
        /// The best of all runs.
        public var steps: Double
        public var median: Double
        public var encode: Double
        public var size: ImageSize
        /// Of each step in a run of its own, over all threads, decoding and encoding included. An operator that does
        /// the work of several steps counts for the last of them, rounding aside.
        public var byStep: [(step: String, milliseconds: Double)]

        public var json: JSONNode {
            .object([
                ("decode_ms", .number(decode)), ("steps_ms", .number(steps)), ("steps_median_ms", .number(median)),
                ("encode_ms", .number(encode)), ("width", .integer(size.width)), ("height", .integer(size.height)),
                (
                    "by_step",
                    .array(byStep.map { .object([("step", .string($0.step)), ("ms", .number($0.milliseconds))]) })
                ),
            ])
        }
    }

    private let pipeline: Pipeline
    private let image: String

    public init(_ pipeline: Pipeline, image: String) {
        self.pipeline = pipeline
        self.image = image
    }

    public func run(count: Int, workers: any ParallelWorkers) throws -> Result {
        let descriptor = open(image, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw PictureError(CodecError.io(operation: "open", errno: errno), step: pipeline.steps[0].label)
        }
        defer { close(descriptor) }
        let clock = ContinuousClock()
        let step = pipeline.steps[0].label
        do {
            let header = try ImageDecoder(descriptor: descriptor).header
            let plan = try PicturePlan(pipeline, for: PictureTraits(header))
            var sources: [WholePicture] = []
            var decode = Duration.zero
            for (index, request) in plan.requests.enumerated() {
                guard plan.graph.isRead(source: index) else {
                    sources.append(WholePicture(ImageSize(width: 1, height: 1), bytesPerRow: 0))
                    continue
                }
                // Much may happen in here already: inflating a PNG, reading all scans of a JPEG.
                let start = clock.now
                let decoder = try ImageDecoder(descriptor: descriptor)
                let format = try decoder.start(request)
                let picture = WholePicture(format.size, bytesPerRow: format.bytesPerRow)
                sources.append(picture)
                let rows = plan.graph.neededRows(source: index)
                try decoder.skip(rows: rows.lowerBound)
                try decoder.read(
                    rows: rows.count, into: picture.window.row(rows.lowerBound), bytesPerRow: picture.bytesPerRow)
                try decoder.skip(rows: format.size.height - rows.upperBound)
                try decoder.finish()
                decode += clock.now - start
            }
            let outputs = plan.writes.map { write in
                WholePicture(
                    write.size, bytesPerRow: write.size.width * write.layout.count * write.sampleType.byteCount)
            }
            var times: [Duration] = []
            for _ in 0...count {
                let start = clock.now
                try plan.graph.run(
                    sources: sources.map { .memory($0.window) }, sinks: outputs.map { .memory($0.window) },
                    context: RunContext(workers: workers))
                times.append(clock.now - start)
            }
            // The first run touches the memory for the first time.
            times.removeFirst()
            times.sort()
            let profile = RunProfile()
            try plan.graph.run(
                sources: sources.map { .memory($0.window) }, sinks: outputs.map { .memory($0.window) },
                context: RunContext(workers: workers, profile: profile))
            var byStep = plan.times(profile)
            byStep[0] += decode
            var encode = Duration.zero
            for (write, picture) in zip(plan.writes, outputs) {
                let start = clock.now
                try self.encode(write, picture, workers)
                encode += clock.now - start
                byStep[write.step.number - 1] += clock.now - start
            }
            return Result(
                decode: milliseconds(decode), steps: milliseconds(times[0]),
                median: milliseconds(times[times.count / 2]), encode: milliseconds(encode),
                size: plan.traits.size,
                byStep: zip(pipeline.steps, byStep).map { ($0.label, milliseconds($1)) })
        } catch let error as CodecError {
            throw PictureError(error, step: step)
        }
    }

    private func encode(
        _ write: PicturePlan.Write, _ picture: WholePicture, _ workers: any ParallelWorkers
    ) throws {
        let descriptor = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let encoder = try ImageEncoder(
            descriptor: descriptor, format: write.format, size: write.size, layout: write.layout,
            sampleType: write.sampleType, options: write.options, parallelFor: workers.forEncoder)
        try encoder.write(rows: write.size.height, from: picture.memory, bytesPerRow: picture.bytesPerRow)
        try encoder.finish()
    }

    private func milliseconds(_ duration: Duration) -> Double {
        let parts = duration.components
        let micro = Double(parts.seconds) * 1e6 + Double(parts.attoseconds) / 1e12
        return micro.rounded() / 1000
    }
}

/// A picture in memory as a codec has it.
private final class WholePicture {
    let memory: UnsafeMutableRawPointer
    let bytesPerRow: Int
    private let height: Int

    init(_ size: ImageSize, bytesPerRow: Int) {
        let bytes = max(1, bytesPerRow * size.height) + RowWindow.slack
        memory = .allocate(byteCount: bytes, alignment: bytes > 8 << 20 ? 2 << 20 : 64)
        // A pipeline never holds a whole picture, so that touching all this memory belongs to no stage of it.
        if bytes > 8 << 20 { madvise(memory, bytes, MADV_HUGEPAGE) }
        self.bytesPerRow = bytesPerRow
        height = size.height
    }

    deinit { memory.deallocate() }

    var window: RowWindow { RowWindow(base: memory, bytesPerRow: bytesPerRow, capacity: height) }
}
