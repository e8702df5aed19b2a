import ArgumentParser
import Codecs
import Glibc
import Pipelines
import Raster
import Scheduling
import Specification

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show the plan of a pipeline: what is computed in which arithmetic, and how much memory it takes.",
        discussion: """
            For each step: its keys with every default filled in, what is computed in which arithmetic, and with --image \
            the time it takes. An operator that does the work of several steps stands with the last of them.

            svertka explain Pipelines/sobel-magnitude.json --image photo.jpg
            svertka explain Pipelines/edges.json --size 8000x6000
            svertka explain pipeline.json --canonical > complete.json
            """)

    @Argument(help: "The pipeline.", completion: .file(extensions: ["json"]))
    var pipeline: String

    @Option(help: "Plan for this picture, and time each step on it.", completion: .file())
    var image: String?

    @Option(help: "Plan for an 8-bit RGB JPEG of this size, such as 4000x3000.")
    var size: String?

    @Flag(help: "Print nothing but the pipeline, with every default filled in.")
    var canonical = false

    func validate() throws {
        if image != nil, size != nil { throw ValidationError("--image and --size exclude each other.") }
        if let size, Self.parse(size) == nil {
            throw ValidationError("--size is \(size); expected a width and a height, such as 4000x3000.")
        }
    }

    private static func parse(_ text: String) -> ImageSize? {
        let parts = text.split(separator: "x").map { Int($0) }
        guard parts.count == 2, let width = parts[0], let height = parts[1], width > 0, height > 0,
            width <= 1_000_000, height <= 1_000_000
        else { return nil }
        return ImageSize(width: width, height: height)
    }

    func run() throws {
        let pipeline = try PipelineFile.load(pipeline)
        if canonical {
            guard let document = CanonicalPipeline.document(pipeline) else { return }
            return Terminal.print(JSONWriter.text(document, style: .pretty))
        }
        do {
            let plan = try PicturePlan(pipeline, for: try traits())
            let times = try image.map {
                try PipelineBenchmark(pipeline, image: $0).run(
                    count: 3, workers: WorkScheduler(width: 1, memory: .unlimited))
            }
            show(plan, pipeline, times)
        } catch let error as PictureError {
            Terminal.say("\(self.pipeline): \(error.text)" + (error.hint.map { "\nhint: \($0)" } ?? ""))
            throw ExitStatus.someFilesFailed.error
        }
    }

    private func show(_ plan: PicturePlan, _ pipeline: Pipeline, _ times: PipelineBenchmark.Result?) {
        let traits = plan.traits
        Terminal.print("pipeline  \(pipeline.name)")
        Terminal.print(
            "picture   \(traits.size), \(traits.layout.rawValue), \(traits.sampleType == .uint16 ? 16 : 8) bits, "
                + traits.format.rawValue)
        for (index, step) in pipeline.outline.enumerated() {
            let time = times.map { "  \(numberText($0.byStep[index].milliseconds)) ms" } ?? ""
            Terminal.print(step.label + time)
            Terminal.print("    \(JSONWriter.text(step.canonical))")
            for line in plan.explanation[index].lines { Terminal.print("    \(line)") }
        }
        if let times {
            let (decode, steps, encode) = (times.decode, times.steps, times.encode)
            Terminal.print(
                "time      decode \(numberText(decode)) ms, steps \(numberText(steps)) ms, encode "
                    + "\(numberText(encode)) ms on one thread")
        }
        Terminal.print("memory    \(ByteText.text(plan.memory(width: 1))) on one thread, without the codecs' own")
        if pipeline.keptByteCount > 0 {
            Terminal.print("weights   \(ByteText.text(pipeline.keptByteCount)), once for all pictures")
        }
    }

    private func traits() throws(PictureError) -> PictureTraits {
        guard let image else {
            return PictureTraits(
                format: .jpeg, size: size.flatMap(Self.parse) ?? ImageSize(width: 4000, height: 3000), layout: .rgb,
                hasLumaPlane: true)
        }
        let descriptor = open(image, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw PictureError(
                code: "io", kind: .permanent, step: nil, message: "\(image): \(String(cString: strerror(errno)))",
                hint: "check the path")
        }
        defer { close(descriptor) }
        do {
            return PictureTraits(try ImageDecoder(descriptor: descriptor).header)
        } catch {
            throw PictureError(
                code: error.code, kind: .permanent, step: nil, message: "\(image): \(error.message)", hint: error.hint)
        }
    }
}
