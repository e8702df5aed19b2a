import ArgumentParser
import Codecs
import Foundation
import Inference
import Networks
import Raster
import Scheduling
import Specification

struct ModelSampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Make pictures with a network that generates them.",
        discussion: """
            The network's input gets numbers by chance, the same for the same seed. The pictures stand on one sheet.

            svertka model sample digits.json --count 16 --seed 7 --output digits.png
            """)

    @Argument(help: "A model card with the task generate.", completion: .file(extensions: ["json"]))
    var card: String

    @Option(help: "How many pictures.")
    var count = 16

    @Option(help: "What the numbers by chance begin with.")
    var seed: UInt64 = 0

    @Option(help: "The file, a PNG; one that is there is replaced.")
    var output: String

    /// Of the sheet.
    private static let mostPixels = 100_000_000

    func validate() throws {
        if !(1...10_000).contains(count) {
            throw ValidationError("--count is \(count); allowed are 1 to 10000.")
        }
    }

    func run() throws {
        let (generator, diagnostics) = CardReader.generator(PathBytes(card))
        guard let generator else {
            Terminal.say(diagnostics.render())
            throw ExitStatus.wrongConfiguration.error
        }
        guard count * generator.size.pixelCount <= Self.mostPixels else {
            throw ValidationError(
                "--count is \(count): so many pictures of \(generator.size) make more than 100 megapixels.")
        }
        do {
            let scheduler = WorkScheduler(width: CPUBudget.detect().width, memory: .unlimited)
            var pictures: [[UInt8]] = []
            for number in 0..<count {
                pictures.append(
                    try generator.sample(seed: seed, number: number, workers: Workers(scheduler)))
            }
            let (size, samples) = generator.sheet(pictures)
            try write(samples, size, generator.layout)
        } catch let error as InferenceError {
            Terminal.say(error.description)
            throw ExitStatus.someFilesFailed.error
        } catch let error as CodecError {
            Terminal.say("\(output): \(error.message)")
            throw ExitStatus.someFilesFailed.error
        }
    }

    /// Under another name first, so that the file is whole when it is there.
    private func write(_ samples: [UInt8], _ size: ImageSize, _ layout: ChannelLayout) throws {
        let temporary = output + ".part-\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if descriptor < 0 { throw failed("cannot be made") }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        let encoder = try ImageEncoder(
            descriptor: descriptor, format: .png, size: size, layout: layout, sampleType: .uint8)
        try samples.withUnsafeBytes { bytes in
            try encoder.write(rows: size.height, from: bytes.baseAddress!, bytesPerRow: size.width * layout.count)
        }
        try encoder.finish()
        if rename(temporary, output) != 0 { throw failed("cannot be named") }
    }

    private func failed(_ what: String) -> any Error {
        Terminal.say("\(output): \(what): \(String(cString: strerror(errno)))")
        return ExitStatus.environment.error
    }
}
