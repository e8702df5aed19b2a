import Dataflow
import Operations
import Pipelines
import Raster
import Scheduling
import Specification

/// What a change of a pipeline does to a picture, step by step.
///
/// One picture goes through the old pipeline, whose values are kept as they are stored, and then through the new
/// one, whose rows are compared as they pass by.
public struct PipelineDifference {
    public enum Value: Sendable, Equatable {
        case picture(PictureDifference)
        /// The part of the pixels that belong to another class.
        case classes(share: Double)
        /// Of another size or with other channels.
        case shape(old: String, new: String)
        case labels(old: String, new: String)
        case boxes(old: Int, new: Int)
    }

    public struct Step: Sendable {
        /// Labels such as `step 2 (convolve)`; nil where the step is in one of the pipelines only.
        public let old: String?
        public let new: String?
        public let changes: [(key: String, old: JSONNode?, new: JSONNode?)]
        public let values: [Value]
        /// The values are what is written.
        public let isOutput: Bool
    }

    private let old: Pipeline
    private let new: Pipeline
    private let pairs: [(old: StepOutline?, new: StepOutline?)]
    private let scheduler: WorkScheduler

    public init(_ old: Pipeline, _ new: Pipeline, scheduler: WorkScheduler) {
        self.old = old
        self.new = new
        self.scheduler = scheduler
        pairs = StepPairs.align(old.outline, new.outline)
    }

    /// - Throws: `PictureError` where one of the pipelines cannot take the picture.
    public func steps(image: String) throws -> [Step] {
        var kept: [Int: KeptRows] = [:]
        var tables: [Int: TableView] = [:]
        _ = try TappedRun(old, image: image, scheduler: scheduler).run { tap in
            guard old.types[tap.value].kind.hasPixels else {
                let table = TableView(tap.format)
                tables[tap.value] = table
                return table
            }
            let rows = KeptRows(tap.format)
            kept[tap.value] = rows
            return rows
        }
        let partners = self.partners()
        var compared: [Int: ComparedRows] = [:]
        var newTables: [Int: TableView] = [:]
        var formats: [Int: FieldFormat] = [:]
        _ = try TappedRun(new, image: image, scheduler: scheduler).run { tap in
            formats[tap.value] = tap.format
            if !new.types[tap.value].kind.hasPixels {
                let table = TableView(tap.format)
                newTables[tap.value] = table
                return table
            }
            guard let before = partners[tap.value].flatMap({ kept[$0] }), before.format.size == tap.format.size,
                before.format.channels == tap.format.channels,
                partners[tap.value].map({ old.types[$0].kind }) == new.types[tap.value].kind
            else { return IgnoredRows() }
            let rows = ComparedRows(tap.format, with: before)
            compared[tap.value] = rows
            return rows
        }
        func value(_ before: Int, _ after: Int, written: Bool) -> Value? {
            if let rows = compared[after], partners[after] == before {
                if new.types[after].kind == .classMap { return .classes(share: rows.difference.share) }
                return .picture(written ? rows.writtenDifference : rows.difference)
            }
            if let was = kept[before]?.format, let now = formats[after], new.types[after].kind.hasPixels {
                return .shape(old: "\(was.size) \(was.layout.rawValue)", new: "\(now.size) \(now.layout.rawValue)")
            }
            guard let was = tables[before], let now = newTables[after] else { return nil }
            if new.types[after].kind == .labels {
                return .labels(old: label(was, old.types[before]), new: label(now, new.types[after]))
            }
            return .boxes(old: count(was), new: count(now))
        }
        return pairs.map { pair in
            guard let before = pair.old, let after = pair.new else {
                return Step(old: pair.old?.label, new: pair.new?.label, changes: [], values: [], isOutput: false)
            }
            let isOutput = after.results.isEmpty && !after.inputs.isEmpty
            let values = zip(
                isOutput ? before.inputs : before.results, isOutput ? after.inputs : after.results
            ).compactMap { value($0, $1, written: isOutput) }
            return Step(
                old: before.label, new: after.label, changes: StepPairs.changes(before, after), values: values,
                isOutput: isOutput)
        }
    }

    /// For values of the new pipeline, those of the old one that they are compared with.
    private func partners() -> [Int: Int] {
        var partners: [Int: Int] = [:]
        for case (let before?, let after?) in pairs {
            for (was, now) in zip(before.results, after.results) { partners[now] = was }
        }
        // What is written is compared even if the step that made it has no partner.
        for case (let before?, let after?) in pairs where after.results.isEmpty {
            for (was, now) in zip(before.inputs, after.inputs) { partners[now] = was }
        }
        return partners
    }

    private func label(_ table: TableView, _ type: ValueType) -> String {
        guard let first = table.rows.first, first.classIndex >= 0 else { return "unsure" }
        return type.classes?.name(of: first.classIndex) ?? "class \(first.classIndex)"
    }

    private func count(_ table: TableView) -> Int { table.rows.filter { $0.classIndex >= 0 }.count }
}

extension ValueKind {
    fileprivate var hasPixels: Bool { self == .picture || self == .classMap }
}

/// Rows that nothing is compared with.
private final class IgnoredRows: RowSink {
    func write(rows: Int, from rowStart: UnsafeRawPointer, bytesPerRow: Int) {}
    func finish() {}
}
