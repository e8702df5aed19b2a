import ArgumentParser
import Batch
import Glibc
import Outbox
import Pipelines
import Preview
import Scheduling
import Specification

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what a change of a pipeline does to pictures, step by step, before it goes live.",
        discussion: """
            For each picture and step: the keys that changed, the peak signal-to-noise ratio of the two results, their \
            largest difference, and labels that flip. Steps of one kind are compared with each other in their order.

            svertka diff old.json new.json samples/*.jpg
            svertka diff old.json new.json photo.jpg --json
            """)

    @Argument(help: "The pipeline as it is.", completion: .file(extensions: ["json"]))
    var old: String

    @Argument(help: "The pipeline as it would be.", completion: .file(extensions: ["json"]))
    var new: String

    @Argument(help: "Pictures, and folders of them.")
    var images: [PathArgument]

    @Flag(help: "Print one line of JSON for each picture.")
    var json = false

    func run() throws {
        let pipelines = (try PipelineFile.load(old), try PipelineFile.load(new))
        let scheduler = WorkScheduler(width: CPUBudget.detect().width, memory: .unlimited)
        let difference = PipelineDifference(pipelines.0, pipelines.1, scheduler: scheduler)
        var hasFailed = false
        var summary = Summary()
        var walk = InputWalk(.arguments(images.map(\.bytes)))
        while let event = walk.next() {
            let image: String
            switch event {
            case .file(let file): image = String(decoding: file.path, as: UTF8.self)
            case .unreadable(let path, let code):
                Terminal.say("\(PrintableName.escaped(path)): \(String(cString: strerror(code)))")
                hasFailed = true
                continue
            }
            do {
                let steps = try difference.steps(image: image)
                summary.add(steps)
                Terminal.print(json ? JSONWriter.text(node(image, steps)) : text(image, steps))
            } catch let error as PictureError {
                hasFailed = true
                Terminal.say("\(image): \(error.text)" + (error.hint.map { "; \($0)" } ?? ""))
            }
        }
        if !json { Terminal.print(summary.text) }
        if hasFailed { throw ExitStatus.someFilesFailed.error }
    }

    private struct Summary {
        var pictures = 0
        var changed = 0
        var flipped = 0

        mutating func add(_ steps: [PipelineDifference.Step]) {
            pictures += 1
            let outputs = steps.filter(\.isOutput).flatMap(\.values)
            if outputs.contains(where: { !$0.isSame }) || steps.contains(where: { $0.old == nil || $0.new == nil }) {
                changed += 1
            }
            if steps.contains(where: { $0.values.contains(where: \.isFlip) }) { flipped += 1 }
        }

        var text: String {
            "\(pictures) \(pictures == 1 ? "picture" : "pictures"), \(changed) with other outputs, \(flipped) with other "
                + "labels"
        }
    }

    private func text(_ image: String, _ steps: [PipelineDifference.Step]) -> String {
        var lines = [image]
        for step in steps {
            guard let old = step.old, let new = step.new else {
                lines.append(step.old.map { "  - \($0)" } ?? "  + \(step.new ?? "")")
                continue
            }
            let changes = step.changes.map { change in
                "\(change.key): \(change.old.map { JSONWriter.text($0) } ?? "left out") → "
                    + "\(change.new.map { JSONWriter.text($0) } ?? "left out")"
            }
            lines.append("  \(old == new ? old : "\(old) → \(new)")" + changes.map { "\n      \($0)" }.joined())
            for value in step.values { lines.append("      \(step.isOutput ? "written: " : "")\(value.text)") }
        }
        return lines.joined(separator: "\n")
    }

    private func node(_ image: String, _ steps: [PipelineDifference.Step]) -> JSONNode {
        .object([
            ("image", .string(image)),
            (
                "steps",
                .array(
                    steps.map { step in
                        .object(compacting: [
                            ("old", step.old.map(JSONNode.string)), ("new", step.new.map(JSONNode.string)),
                            (
                                "changes",
                                step.changes.isEmpty
                                    ? nil
                                    : .object(
                                        step.changes.map { change in
                                            (
                                                change.key,
                                                .object(compacting: [("old", change.old), ("new", change.new)])
                                            )
                                        })
                            ),
                            (step.isOutput ? "written" : "results", .array(step.values.map(\.json))),
                        ])
                    })
            ),
        ])
    }
}

extension PipelineDifference.Value {
    fileprivate var isSame: Bool {
        switch self {
        case .picture(let difference): difference.isNone
        case .classes(let share): share == 0
        case .shape: false
        case .labels(let old, let new): old == new
        case .boxes(let old, let new): old == new
        }
    }

    fileprivate var isFlip: Bool {
        if case .labels(let old, let new) = self { old != new } else { false }
    }

    /// What a peak signal-to-noise ratio means to somebody who looks at a photograph, roughly.
    private static func verdict(_ psnr: Double) -> String {
        switch psnr {
        case 50...: "not visible"
        case 40..<50: "hardly visible"
        case 30..<40: "visible"
        default: "strong"
        }
    }

    fileprivate var text: String {
        func rounded(_ value: Double) -> String { numberText((value * 100).rounded() / 100) }
        switch self {
        case .picture(let difference):
            return difference.isNone
                ? "the same"
                : "PSNR \(rounded(difference.psnr)) dB (\(Self.verdict(difference.psnr))), largest difference \(rounded(difference.largest)), "
                    + "\(rounded(100 * difference.share)) % of the samples differ"
        case .classes(let share):
            return share == 0 ? "the same" : "\(rounded(100 * share)) % of the pixels are of another class"
        case .shape(let old, let new): return "\(old) → \(new)"
        case .labels(let old, let new): return old == new ? "label \(old)" : "label \(old) → \(new), flipped"
        case .boxes(let old, let new): return old == new ? "\(old) places" : "\(old) → \(new) places"
        }
    }

    fileprivate var json: JSONNode {
        switch self {
        case .picture(let difference):
            .object([
                ("psnr", difference.psnr.isFinite ? .number(difference.psnr) : .null),
                ("largest", .number(difference.largest)), ("share", .number(difference.share)),
            ])
        case .classes(let share): .object([("share", .number(share))])
        case .shape(let old, let new): .object([("old", .string(old)), ("new", .string(new))])
        case .labels(let old, let new): .object([("oldLabel", .string(old)), ("newLabel", .string(new))])
        case .boxes(let old, let new): .object([("oldCount", .integer(old)), ("newCount", .integer(new))])
        }
    }
}
