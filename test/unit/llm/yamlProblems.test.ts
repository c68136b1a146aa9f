import { describe, expect, it } from 'vitest';
import { EndpointRegistry } from '../../../src/contract/endpoints.ts';
import { formatProblem, parseYaml } from '../../../src/engine/project/yamlProblems.ts';

const problemsOf = (text: string) => {
  const result = parseYaml('endpoints.yaml', text, EndpointRegistry);
  return result.ok ? [] : result.problems;
};

describe('a configuration file with a problem names file, line, key and what is allowed', () => {
  it('accepts an empty file', () => {
    expect(parseYaml('e.yaml', '', EndpointRegistry)).toEqual({ ok: true, value: { endpoints: {} } });
  });

  it('points at the value that is wrong', () => {
    const [problem, ...rest] = problemsOf('endpoints:\n  mine:\n    base_url: "ftp://x"\n');
    expect(rest).toEqual([]);
    expect(problem).toMatchObject({ file: 'endpoints.yaml', line: 3, column: 15, key: 'endpoints.mine.base_url' });
  });

  it('points at an unknown key', () => {
    const [problem] = problemsOf('endpoints:\n  mine:\n    base_url: http://a/v1\n    api_key: secret\n');
    expect(problem).toMatchObject({ line: 4, column: 5, key: 'endpoints.mine.api_key', message: 'unknown key' });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('says what is missing and where', () => {
    const [problem] = problemsOf('endpoints:\n  mine:\n    model: a\n');
    expect(problem).toMatchObject({ line: 2, key: 'endpoints.mine.base_url' });
    expect(problem?.message).toMatch(/missing|expected/);
  });

  it('says what range is allowed', () => {
    const [problem] = problemsOf('endpoints:\n  mine:\n    base_url: http://a/v1\n    max_concurrency: 99999\n');
    expect(problem).toMatchObject({ line: 4, key: 'endpoints.mine.max_concurrency' });
    expect(problem?.message).toContain('≤ 4096');
  });

  it('reports a bad endpoint name at its line', () => {
    const [problem] = problemsOf('endpoints:\n  "My Own":\n    base_url: http://a/v1\n');
    expect(problem?.line).toBe(2);
    expect(problem?.message).toContain('lower-case letters');
  });

  it('reports YAML that does not parse, and duplicate keys', () => {
    expect(problemsOf('endpoints: [\n')[0]?.message).toContain('not valid YAML');
    expect(problemsOf('v: 1\nv: 1\n')[0]).toMatchObject({ line: 2 });
  });

  it('refuses an alias bomb instead of expanding it', () => {
    const levels = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 9; level++) {
      const [name, previous] = ['abcdefghi'[level], 'abcdefghi'[level - 1]];
      levels.push(`${name}: &${name} [${Array(10).fill(`*${previous}`).join(',')}]`);
    }
    expect(problemsOf(levels.join('\n'))[0]?.message).toContain('not valid YAML');
  });

  it('prints as compilers do', () => {
    const [problem] = problemsOf('v: 2\n');
    expect(problem && formatProblem(problem)).toBe(
      'endpoints.yaml:1:4 v: a newer version of this program wrote this file: update it (it reads 1 here)',
    );
  });
});
