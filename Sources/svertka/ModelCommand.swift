import ArgumentParser
import Inference
import ONNX
import SystemPackage

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Look into networks (ONNX files) and run them.",
        subcommands: [ModelInspectCommand.self, ModelRunCommand.self, ModelSampleCommand.self])

    /// Reads a network, or tells what is wrong with it and ends with exit code 2.
    static func load(_ path: String) throws -> Network {
        do {
            return try Network(try Model.read(FilePath(path)))
        } catch {
            Terminal.say("\(error)")
            throw ExitStatus.wrongConfiguration.error
        }
    }

    /// Sizes with an x between them, such as 1x3x224x224.
    static func shape(_ text: String) throws -> [Int] {
        let sizes = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sizes.count <= 8, sizes.allSatisfy({ $0.map { (0...(1 << 30)).contains($0) } ?? false }) else {
            throw ValidationError("--shape is \"\(ONNX.printable(text))\"; it looks like 1x3x224x224.")
        }
        return sizes.compactMap { $0 }
    }
}
