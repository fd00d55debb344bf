# One static library of kernels; the target that includes this names its `isa`.
{
  'target_name': 'kernels_<(isa)',
  'type': 'static_library',
  'sources': ['src/cpp/isa/<(isa).cc'],
  'cflags_cc': ['<!@(node scripts/native-sources.mjs gcc <(isa))'],
  'xcode_settings': { 'OTHER_CPLUSPLUSFLAGS': ['<!@(node scripts/native-sources.mjs gcc <(isa))'] },
  'msvs_settings': {
    'VCCLCompilerTool': { 'AdditionalOptions': ['<!@(node scripts/native-sources.mjs msvc <(isa))'] },
  },
}
