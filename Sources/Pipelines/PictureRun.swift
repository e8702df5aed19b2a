import Codecs
import Dataflow
import Operations
import Raster

/// Where the outputs of one picture go.
public protocol OutputProvider: AnyObject, Sendable {
    /// A descriptor for a new file at a path relative to the output folder, in bytes; the provider closes it.
    ///
    /// - Returns: nil where the output is left out, for instance because it is there already.
    /// - Throws: any error; it ends the run.
    func create(_ relativePath: [UInt8]) throws -> Int32?

    /// A descriptor for a new file whose name depends on what will be found; the provider closes it.
    func createUnnamed() throws -> Int32

    /// Gives a file of `createUnnamed` its path relative to the output folder.
    ///
    /// - Returns: false where the output is left out.
    func name(_ descriptor: Int32, _ relativePath: [UInt8]) throws -> Bool
}

/// What came of one picture.
public struct PictureReport: Sendable {
    public var traits: PictureTraits
    /// Paths relative to the output folder, in the order of the steps; left-out ones are missing.
    public var outputs: [[UInt8]] = []
    /// What was wrong with the file without keeping it from being read, and what could not be written.
    public var warnings: [String] = []
    /// What steps found, by their labels.
    public var findings: [(step: String, value: any Sendable)] = []
}

/// The limits and switches of the surroundings, the same for all pictures.
public struct PictureOptions: Sendable {
    public var limits = DecodeLimits()
    public var rewrites = Set(Rewrite.allCases)
    public var cut = CutOptions()
    /// Every value of the pipeline is shown to the `tap` of the run as well.
    public var isTapped = false

    public init() {}
}

/// One picture on its way: opened, its header read and checked, its plan made; no pixel has been touched.
public final class PictureRun {
    public private(set) var plan: PicturePlan
    let pipeline: Pipeline
    private let decoder: ImageDecoder
    private let descriptor: Int32
    let options: PictureOptions
    private let decodeOptions: DecodeOptions
    /// What the file says about the samples that steps get.
    private let metadata: ImageMetadata
    /// Whether these samples are converted to sRGB.
    private let isConverted: Bool
    /// The steps, by their labels, that should turn the picture and could not tell how.
    var unsureSteps: Set<String> = []

    /// - `descriptor`: a regular file, which stays open and the caller's until the run ends.
    public init(
        _ pipeline: Pipeline, descriptor: Int32, options: PictureOptions = .init(),
        isCancelled: (@Sendable () -> Bool)? = nil
    ) throws(PictureError) {
        let decode = pipeline.decode
        decodeOptions = DecodeOptions(
            onTruncated: decode.onTruncated, limits: decode.limits(over: options.limits), isCancelled: isCancelled)
        do {
            decoder = try ImageDecoder(descriptor: descriptor, options: decodeOptions)
            let header = decoder.header
            let format = DecodedFormat(size: header.size, layout: header.layout, sampleType: header.sampleType)
            let conversion =
                decode.profile == .srgb ? try ColorConversion(toSRGBFrom: decoder.metadata, picture: format) : nil
            isConverted = conversion != nil
        } catch {
            throw PictureError(error, step: pipeline.steps[0].label)
        }
        metadata = isConverted ? decoder.metadata.adapted(to: SampleChanges(isSRGB: true)) : decoder.metadata
        var traits = PictureTraits(decoder.header)
        // What a file stores as luma is not that of the converted colours.
        if isConverted { traits.hasLumaPlane = false }
        plan = try pipeline.plans.plan(pipeline, for: traits, options)
        self.pipeline = pipeline
        self.descriptor = descriptor
        self.options = options
    }

    /// Bytes that the run will hold at once, decoders and encoders included.
    public func predictedMemory(width: Int) -> Int {
        let decoders = plan.requests.indices.count { plan.graph.isRead(source: $0) }
        let read = plan.memory(width: width) + max(decoders, 1) * decoder.header.peakBytes
        return plan.writes.reduce(read) { sum, write in
            sum
                + ImageEncoder.peakBytes(
                    format: write.format, picture: write.picture, options: write.options, isParallel: width > 1)
        }
    }

    /// Computes and writes every output; the outputs are complete when this returns, and not to be used if it throws.
    ///
    /// - `tap`: takes the rows of a value as they are stored (`PictureOptions.isTapped`).
    public func run(
        name: PictureName, outputs: any OutputProvider, context: RunContext = RunContext(),
        tap: ((PicturePlan.Tap) -> any RowSink)? = nil
    ) throws -> PictureReport {
        try turnUpright(context)
        var report = PictureReport(traits: plan.traits)
        let sources = try sources(of: plan, reusing: decoder)
        var sinks: [SinkRows] = []
        var encoders: [EncoderRows] = []
        var unnamed: [(write: PicturePlan.Write, descriptor: Int32)] = []
        for write in plan.writes {
            if write.step.naming.isLate {
                let descriptor = try outputs.createUnnamed()
                unnamed.append((write, descriptor))
                encoders.append(try sink(write, descriptor, context))
            } else {
                let path = path(of: write.step, fileExtension(write, name), name, [])
                let descriptor = try outputs.create(path)
                if descriptor != nil { report.outputs.append(path) }
                encoders.append(try sink(write, descriptor, context))
            }
        }
        sinks += encoders.map { .stream($0) }
        sinks += plan.taps.map { .stream(tap?($0) ?? EncoderRows(nil, step: "")) }
        do {
            try plan.graph.run(
                sources: sources.map { .stream($0) }, sinks: sinks, options: options.cut, context: context)
        } catch let failure as StepError {
            throw PictureError(failure.error, step: failure.key)
        }
        report.warnings = sources.flatMap(\.warnings) + encoders.flatMap(\.warnings)
        report.findings = context.findings.map { ($0.key, $0.value) }
        for (write, descriptor) in unnamed {
            let path = path(of: write.step, fileExtension(write, name), name, report.findings)
            if try outputs.name(descriptor, path) { report.outputs.append(path) }
        }
        for step in pipeline.steps {
            if case .record = step.action { try writeRecord(step, name, outputs, &report) }
        }
        return report
    }

    /// The plan for a picture of which more is known than its header tells.
    func replan(quarterTurns: [String: Int]) throws(PictureError) {
        plan = try PicturePlan(
            pipeline, for: plan.traits, rewrites: options.rewrites, quarterTurns: quarterTurns,
            isTapped: options.isTapped)
    }

    /// A decoder for each source that a plan reads.
    ///
    /// - `decoder`: the one that has read the header, for the first of them; it serves one run.
    func sources(of plan: PicturePlan, reusing decoder: ImageDecoder?) throws(PictureError) -> [DecoderRows] {
        let label = pipeline.steps[0].label
        var sources: [DecoderRows] = []
        for (index, request) in plan.requests.enumerated() {
            let isNeeded = plan.graph.isRead(source: index)
            do {
                var own: ImageDecoder?
                if isNeeded {
                    if let decoder, !sources.contains(where: { $0.decoder != nil }) {
                        own = decoder
                    } else {
                        own = try ImageDecoder(descriptor: descriptor, options: decodeOptions)
                    }
                }
                let format = try own?.start(request)
                var conversion: ColorConversion?
                if isConverted, let own, let format {
                    conversion = try ColorConversion(toSRGBFrom: own.metadata, picture: format)
                }
                sources.append(
                    DecoderRows(
                        own, format, skips: options.rewrites.contains(.skippedRows), conversion: conversion,
                        step: label))
            } catch {
                throw PictureError(error, step: label)
            }
        }
        return sources
    }

    /// The path of an output, with what the findings say about it.
    private func path(
        of step: Pipeline.Step, _ fileExtension: [UInt8], _ name: PictureName,
        _ findings: [(step: String, value: any Sendable)]
    ) -> [UInt8] {
        func finding(_ step: String?) -> (any Finding)? {
            findings.last { $0.step == step }?.value as? any Finding
        }
        let label = finding(step.naming.labelStep)?.label.map(OutputTemplate.component)
        func path(_ template: OutputTemplate) -> [UInt8] {
            template.path(for: name, fileExtension: fileExtension, label: label)
        }
        let folder = (finding(step.naming.routeStep) as? Routing)?.folder.map(path) ?? []
        let file = step.action.template.map(path) ?? []
        return folder.isEmpty ? file : folder + [UInt8(ascii: "/")] + file
    }

    private func sink(
        _ write: PicturePlan.Write, _ descriptor: Int32?, _ context: RunContext
    ) throws -> EncoderRows {
        guard let descriptor else { return EncoderRows(nil, step: write.step.label) }
        do {
            var kept: ImageMetadata?
            var conversion: ColorConversion?
            if write.classes == nil {
                if write.encode.profile == .srgb {
                    conversion = try ColorConversion(toSRGBFrom: metadata, picture: write.picture)
                }
                let changes = SampleChanges(
                    orientation: orientation(of: write.step.inputs), isEdited: pipeline.hasOperations || isConverted,
                    size: write.size == plan.traits.size ? nil : write.size, isSRGB: conversion != nil)
                kept = write.encode.metadata(of: metadata, after: changes)
            }
            let encoder = try ImageEncoder(
                descriptor: descriptor, format: write.format, size: write.size, layout: write.layout,
                sampleType: write.sampleType, options: write.options, metadata: kept,
                parallelFor: context.workers.forEncoder)
            return EncoderRows(encoder, step: write.step.label, converted: conversion.map { ($0, write.picture) })
        } catch {
            throw PictureError(error, step: write.step.label)
        }
    }

    /// What the orientation tag has to say of written values; nil for what the file says.
    private func orientation(of values: [Int]) -> Int? {
        var unturned = UnturnedValues()
        for step in pipeline.steps {
            unturned.note(
                step.action, inputs: step.inputs, results: step.results, isSure: !unsureSteps.contains(step.label))
        }
        if unturned.contain(values) { return nil }
        // A step that turns by quarters leaves a mirrored picture mirrored, from left to right when it stands upright.
        let isMirrored = !pipeline.decode.orient && [2, 4, 5, 7].contains(plan.traits.orientation)
        return isMirrored ? 2 : 1
    }

    /// The ending of the input where the format stays the same, so that `.JPG` stays `.JPG`.
    private func fileExtension(_ write: PicturePlan.Write, _ name: PictureName) -> [UInt8] {
        if write.encode.format == .same, write.classes == nil, !name.fileExtension.isEmpty { return name.fileExtension }
        return Array(write.format.fileExtension.utf8)
    }

    private func writeRecord(
        _ step: Pipeline.Step, _ name: PictureName, _ outputs: any OutputProvider,
        _ report: inout PictureReport
    ) throws {
        let path = path(of: step, Array("json".utf8), name, report.findings)
        guard let descriptor = try outputs.create(path) else { return }
        let text = PictureRecord.text(report, pipeline: pipeline, name: name) + "\n"
        try writeAll(Array(text.utf8), to: descriptor, step: step.label)
        report.outputs.append(path)
    }
}
