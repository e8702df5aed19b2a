import ArgumentParser
import Pipelines
import Scheduling
import Specification

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Time a pipeline on one picture, or a network.",
        subcommands: [BenchPipelineCommand.self, BenchModelCommand.self])
}

struct BenchPipelineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline",
        abstract: "Decode once, run the steps N times from the decoder's samples to those of the encoder, encode once.",
        discussion: """
            svertka bench pipeline Pipelines/edges.json photo.jpg --threads 2
            """)

    @Argument(help: "The pipeline.", completion: .file(extensions: ["json"]))
    var pipeline: String

    @Argument(help: "The picture.", completion: .file())
    var image: String

    @Option(help: "Threads that compute.")
    var threads: Int = 1

    @Option(name: .customLong("repeat"), help: "How often the steps run; the best time counts.")
    var count: Int = 9

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if !(1...1024).contains(threads) { throw ValidationError("--threads is \(threads); allowed are 1 to 1024.") }
        if !(1...1_000_000).contains(count) { throw ValidationError("--repeat is \(count); allowed are 1 to 1000000.") }
    }

    func run() throws {
        let pipeline = try PipelineFile.load(pipeline)
        do {
            let scheduler = WorkScheduler(width: threads, memory: .unlimited)
            let result = try PipelineBenchmark(pipeline, image: image).run(count: count, workers: scheduler)
            if json {
                Terminal.print(JSONWriter.text(result.json))
            } else {
                Terminal.print(
                    """
                    decode  \(result.decode) ms
                    steps   \(result.steps) ms (median \(result.median) ms of \(count))
                    encode  \(result.encode) ms
                    """)
            }
        } catch let error as PictureError {
            Terminal.say("\(image): \(error.text)" + (error.hint.map { "\nhint: \($0)" } ?? ""))
            throw ExitStatus.someFilesFailed.error
        }
    }
}
