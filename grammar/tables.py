"""Made from fdl.lark by `python -m fdc.grammar.build`; see there for the notation."""

# ruff: noqa: E501

STARTS = "declaration expr"
ENDS = "9 32"
KEYWORDS = """\
allow ALLOW
and AND
as AS
assert ASSERT
by BY
checkpoint CHECKPOINT
component COMPONENT
data DATA
every EVERY
false FALSE
family FAMILY
for FOR
from FROM
graph GRAPH
import IMPORT
in IN
let LET
loss LOSS
mesh MESH
method METHOD
not NOT
optimize OPTIMIZE
or OR
param PARAM
per PER
process PROCESS
produce PRODUCE
program PROGRAM
record RECORD
return RETURN
reveal REVEAL
role ROLE
sizes SIZES
space SPACE
stage STAGE
state STATE
to TO
track TRACK
train TRAIN
true TRUE
update UPDATE
use USE
validate VALIDATE
variant VARIANT
"""
PUNCTUATION = """\
!= NE
% PERCENT
( LPAR
) RPAR
* STAR
** POWER
+ PLUS
, COMMA
- MINUS
-> ARROW
. DOT
.. RANGE
/ SLASH
// FLOOR
: COLON
< LT
<= LE
= EQUAL
== EQ
> GT
>= GE
[ LSQB
] RSQB
{ LBRACE
} RBRACE
~ TILDE
"""
RULES = """\
__allow_star_15 2 _ 1
__allow_star_15 3 _ 0 2
__args_star_18 2 _ 1
__args_star_18 3 _ 0 2
__atom_star_17 2 _ 1
__atom_star_17 3 _ 0 2
__body_star_14 2 _ 0 1
__body_star_14 3 _ 0 1
__body_star_14 2 _ 0 1
__body_star_14 1 _ 0
__body_star_14 2 _ 0
__body_star_14 1 _ 0
__code_star_16 2 _ 0 1
__code_star_16 3 _ 0 1 2
__dims_star_12 2 _ 1
__dims_star_12 3 _ 0 2
__entries_star_8 2 _ 0 1
__entries_star_8 3 _ 0 1
__entries_star_8 1 _ 0
__entries_star_8 2 _ 0
__family_star_1 2 _ 0 1
__family_star_1 3 _ 0 1
__family_star_1 1 _ 0
__family_star_1 2 _ 0
__fields_star_10 2 _ 0 1
__fields_star_10 3 _ 0 1
__fields_star_10 1 _ 0
__fields_star_10 2 _ 0
__import_names_star_0 1 _ 0
__import_names_star_0 2 _ 0
__import_names_star_0 2 _ 0 1
__import_names_star_0 3 _ 0 1
__method_star_5 2 _ 0 1
__method_star_5 3 _ 0 1
__method_star_5 2 _ 0 1
__method_star_5 1 _ 0
__method_star_5 2 _ 0
__method_star_5 1 _ 0
__outputs_star_4 2 _ 1
__outputs_star_4 3 _ 1
__outputs_star_4 3 _ 0 2
__outputs_star_4 4 _ 0 2
__pair_type_plus_13 2 _ 1
__pair_type_plus_13 3 _ 0 2
__params_star_11 2 _ 1
__params_star_11 3 _ 0 2
__path_star_9 2 _ 1
__path_star_9 3 _ 0 2
__process_star_3 2 _ 0 1
__process_star_3 3 _ 0 1
__process_star_3 2 _ 0 1
__process_star_3 3 _ 0 1
__process_star_3 1 _ 0
__process_star_3 2 _ 0
__process_star_3 1 _ 0
__process_star_3 2 _ 0
__program_star_7 2 _ 0 1
__program_star_7 3 _ 0 1
__program_star_7 2 _ 0 1
__program_star_7 1 _ 0
__program_star_7 2 _ 0
__program_star_7 1 _ 0
__role_names_star_6 2 _ 1
__role_names_star_6 3 _ 0 2
__space_plus_2 2 _ 1
__space_plus_2 3 _ 0 2
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
allow 5 allow 2
allow 4 allow 2
allow 6 allow 2 3
allow 5 allow 2 3
annotation 1 . 0
annotation 1 . 0
annotation 1 . 0
arg 3 arg 0 2
arg 1 arg - 0
args 0 args
args 1 args 0
args 2 args 0
args 2 args 0 1
args 3 args 0 1
assert_ 2 assert_ 1
assert_ 3 assert_ 1
assert_ 4 assert_why 1 3
assert_ 5 assert_why 1 3
atom 1 false 0
atom 3 . 1
atom 5 tuple 1 2
atom 4 tuple 1 2
atom 2 list
atom 4 list 1
atom 3 list 1
atom 5 list 1 2
atom 4 list 1 2
atom 1 name 0
atom 1 number 0
atom 1 string 0
atom 1 true 0
atom 1 map 0
bind 3 bind 0 2
bind 6 bind_many 1 5
bind 5 bind_many 1 4
bind 7 bind_many 1 2 6
bind 6 bind_many 1 2 5
body 2 body
body 3 body 1
both 3 binary 0 1 2
both 1 . 0
code 1 code 0
code 2 code 0 1
compared 1 . 0
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
component 4 component 1 3 -
component 5 component 1 3 4
data 4 data 1 3 -
data 5 data 1 3 4
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
dim 3 dim 0 2
dim 1 dim - 0
dims 1 dims 0
dims 2 dims 0
dims 2 dims 0 1
dims 3 dims 0 1
dotted 1 dotted 0
dotted 2 dotted 0 1
draw 3 draw 0 2 - -
draw 5 draw 0 2 4 -
draw 8 draw 0 2 4 6
either 1 . 0
either 3 binary 0 1 2
entries 2 entries
entries 3 entries 1
entry 1 entry 0 -
entry 3 entry 0 2
expr 1 . 0
expr 3 cast 0 2
family 4 family 1
family 5 family 1 3
field 3 field 0 2 -
field 4 field 0 2 3
fields 2 fields
fields 3 fields 1
for_ 5 for_ 1 3 4
for_targets 4 for_targets 1
for_targets 3 for_targets 1
for_targets 5 for_targets 1 2
for_targets 4 for_targets 1 2
for_targets 1 for_targets 0
graph 6 graph 1 3 5
import_ 2 import_ 1 - -
import_ 4 import_ 1 3 -
import_ 5 import_ 1 3 4
import_ 3 import_ 1 - 2
import_ 2 import_ 1 - -
import_ 4 import_ 1 3 -
import_ 5 import_ 1 3 4
import_ 3 import_ 1 - 2
import_names 2 import_names
import_names 3 import_names 1
let 4 let 1 3
list_type 3 list_type 1
loss 4 loss 1 3
method 9 method 1 3 6
method 10 method 1 3 6 8
method 7 method 1 3 -
method 8 method 1 3 - 6
negated 2 not_ 1
negated 1 . 0
optimize 4 optimize 1 3
outputs 0 outputs
outputs 1 outputs 0
pair_type 5 pair_type 1 2
pair_type 4 pair_type 1 2
pair_type 5 pair_type 1 2
pair_type 4 pair_type 1 2
param 2 param 1 - -
param 4 param 1 3 -
param 6 param 1 3 5
param 4 param 1 - 3
parameter 1 parameter 0 - -
parameter 3 parameter 0 2 -
parameter 5 parameter 0 2 4
parameter 3 parameter 0 - 2
params 0 params
params 1 params 0
params 2 params 0
params 2 params 0 1
params 3 params 0 1
path 1 path 0
path 2 path 0 1
postfix 1 . 0
postfix 3 attr 0 2
postfix 4 call 0 2
postfix 4 index 0 2
power 1 . 0
power 3 binary 0 1 2
process 4 process 1
process 5 process 1 3
produce 6 produce 1 3 5 -
produce 7 produce 1 3 5 6
program 4 program 1
program 5 program 1 3
range 1 . 0
range 3 span 0 2
record 3 record 1 2
return_ 2 return_ 1
reveal 2 reveal 1
role 4 role 1 3 -
role 5 role 1 3 4
role_names 0 role_names
role_names 1 role_names 0
role_names 2 role_names 0
role_names 2 role_names 0 1
role_names 3 role_names 0 1
settings 4 settings 0 2 3
settings 2 settings 0 - 1
settings 4 settings 0 2 3
settings 2 settings 0 - 1
settings 4 settings 0 2 3
settings 2 settings 0 - 1
settings 4 settings 0 2 3
settings 2 settings 0 - 1
signed 2 minus 1
signed 1 . 0
sizes 2 sizes 1
space 5 product 1 3 4
space 4 space 1 3 - -
space 6 space 1 3 5 -
space 7 space 1 3 5 6
space 5 space 1 3 - 4
stage 17 stage 1 3 5 8 10 12 14 16
stage 15 stage 1 3 5 8 10 - 12 14
stage_result 4 verdict 0 2
stage_result 1 . 0
state 4 state 1 3
sum 3 binary 0 1 2
sum 3 binary 0 1 2
sum 1 . 0
term 1 . 0
term 3 binary 0 1 2
term 3 binary 0 1 2
term 3 binary 0 1 2
term 3 binary 0 1 2
track 2 track 1 -
track 3 track 1 2
type 1 type 0 -
type 4 type 0 2
update 5 update 1 3 4
update 3 update 1 - 2
updated 1 updated 0
updated 2 updated 0 1
use 5 use 1 3 -
use 6 use 1 3 5
variant 3 variant 1 2
"""
LOOKAHEADS = """\
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA DOT EQ FLOOR FOR GE GRAPH GT LBRACE LE LET LOSS LPAR LSQB LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PERCENT PLUS POWER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SLASH SPACE STAGE STAR STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AS ASSERT CHECKPOINT COMMA COMPONENT DATA FOR GRAPH LBRACE LET LOSS MESH NAME OPTIMIZE OR PARAM PER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA FOR GRAPH LBRACE LET LOSS MESH NAME OPTIMIZE OR PARAM PER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AS ASSERT CHECKPOINT COMMA COMPONENT DATA FOR GRAPH LBRACE LET LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA EQ FLOOR FOR GE GRAPH GT LBRACE LE LET LOSS LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PERCENT PLUS PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SLASH SPACE STAGE STAR STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA FOR GRAPH LBRACE LET LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA EQ FOR GE GRAPH GT LBRACE LE LET LOSS LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PLUS PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA EQUAL FOR GRAPH LBRACE LET LOSS LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
NAME RBRACE
COMMA LET NAME RBRACE
$END ALLOW COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ALLOW ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQUAL FOR FROM GRAPH LBRACE LET LOSS LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
AND AS COMMA DOT EQ FLOOR GE GT LE LPAR LSQB LT MINUS NE OR PERCENT PLUS POWER RANGE RPAR SLASH STAR
COMMA RPAR
$END ALLOW ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQUAL FOR GRAPH LBRACE LET LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQUAL FOR FROM GRAPH LBRACE LET LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
ALLOW COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
ALLOW COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
LET NAME RBRACE
ALLOW ASSERT CHECKPOINT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
ALLOW ASSERT CHECKPOINT COMMA DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
$END ALLOW COMMA COMPONENT FROM GRAPH LBRACE LSQB PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ALLOW ASSERT BY CHECKPOINT COMMA COMPONENT DATA DOT EQUAL FOR FROM GRAPH LBRACE LET LOSS LPAR LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
COMMA RPAR RSQB
ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
ALLOW ASSERT CHECKPOINT DATA FOR GRAPH LOSS MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RETURN REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
ALLOW ASSERT CHECKPOINT COMMA DATA FOR GRAPH LOSS MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RETURN REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
EVERY LBRACE
LBRACE LPAR
AND AS COMMA DOT EQ FLOOR GE GT LE LPAR LSQB LT MINUS NE OR PERCENT PLUS POWER RANGE RSQB SLASH STAR
COMMA RSQB
COMMA EVERY LBRACE RPAR
COMMA NAME RBRACE
$END ALLOW COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE STAR VARIANT
ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA FOR GRAPH LOSS MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
ALLOW ASSERT GRAPH NAME PARAM RBRACE REVEAL STATE UPDATE _TARGETS
ALLOW ASSERT COMMA GRAPH NAME PARAM RBRACE REVEAL STATE UPDATE _TARGETS
ALLOW ASSERT FOR LOSS NAME RBRACE RETURN REVEAL _TARGETS
ALLOW ASSERT COMMA FOR LOSS NAME RBRACE RETURN REVEAL _TARGETS
COMMA MINUS RPAR
BY LSQB
ALLOW COMMA COMPONENT DOT GRAPH LSQB PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
"""
STATES = """\
FAMILY>2,IMPORT>3,METHOD>4,PROCESS>5,PROGRAM>6,RECORD>7,SPACE>8,declaration>9,family>10,import_>11,method>12,process>13,program>14,record>15,space>16
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,expr>32,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39
NAME>40
NAME>41,STRING>42
NAME>43
NAME>44
NAME>45
NAME>46
NAME>47

$END<162
$END<163
$END<164
$END<165
$END<166
$END<167
$END<168
@0<126
NAME>48,RBRACE>49,__entries_star_8>50,entry>51,path>52
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>53
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,RSQB>54,expr>55
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>56
@0<135
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,postfix>34,power>35,signed>37,sum>38,term>39,negated>57
@0<136
@0<137
@0<138
@0<242
AND>58,@1<180
@2<219
OR>59,RANGE>60,@3<254
@0<139

@2<148
DOT>61,LPAR>62,LSQB>63,POWER>64,@4<246
@4<275
AS>65,@5<186
@4<290
EQ>66,GE>67,GT>68,LE>69,LT>70,MINUS>71,NE>72,PLUS>73,@2<151
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<289
LBRACE>78
AS>79,LBRACE>80,import_names>81,$END<201
LBRACE>80,AS>82,import_names>83,$END<205
LPAR>84
LBRACE>85
LBRACE>86
LBRACE>87,fields>88
EQUAL>89
DOT>90,__path_star_9>91,@7<240
@0<182
NAME>48,path>52,RBRACE>92,entry>93
COMMA>94,@8<18
EQUAL>95,@9<184
COMMA>96,RPAR>97,__atom_star_17>98
@0<130
COMMA>99,RSQB>100,__atom_star_17>101
@4<274
@2<218
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,postfix>34,power>35,signed>37,sum>38,term>39,negated>102
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,negated>33,postfix>34,power>35,signed>37,sum>38,term>39,both>103
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,entries>31,negated>33,postfix>34,power>35,signed>37,sum>38,term>39,either>104
NAME>105
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,args>108,expr>109,RPAR<117
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>110
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>111
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,annotation>115,list_type>116,pair_type>117,path>118,type>119
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>120
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>121
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>122
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>123
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>124
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>125
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>126
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>127
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>128
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>129
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>130
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>131
PROCESS>5,RECORD>7,SPACE>8,ALLOW>132,COMPONENT>133,GRAPH>134,PARAM>135,RBRACE>136,SIZES>137,STAGE>138,VARIANT>139,__family_star_1>140,_family_member>141,allow>142,component>143,graph>144,param>145,process>146,record>147,sizes>148,space>149,stage>150,variant>151
NAME>152
NAME>153,RBRACE>154,__import_names_star_0>155
$END<204
NAME>156
$END<208
NAME>157,role_names>158,RPAR<261
NAME>48,path>52,LET>159,RBRACE>160,__process_star_3>161,entry>162,let>163
PROCESS>5,ALLOW>132,GRAPH>134,PARAM>135,SIZES>137,ASSERT>164,CHECKPOINT>165,DATA>166,MESH>167,NAME>168,OPTIMIZE>169,PRODUCE>170,RBRACE>171,REVEAL>172,ROLE>173,STATE>174,TRACK>175,TRAIN>176,UPDATE>177,USE>178,VALIDATE>179,_TARGETS>180,__program_star_7>181,_program_member>182,allow>183,assert_>184,bind>185,data>186,draw>187,graph>188,optimize>189,param>190,process>191,produce>192,reveal>193,role>194,settings>195,sizes>196,state>197,track>198,update>199,use>200
NAME>201,RBRACE>202,__fields_star_10>203,field>204
@10<256
path>118,NAME>205,type>206
NAME>207
DOT>208,@11<241
@0<183
COMMA>209,@8<16
@8<19
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>210
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>211
@0<127
COMMA>212,RPAR>213
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>211,RSQB>214
@0<132
COMMA>215,RSQB>216
@2<147
AND>58,@1<181
OR>59,@3<255
@0<243
EQUAL>217,@12<135
COMMA>218,__args_star_18>219,RPAR<118
RPAR>220
@13<116
RSQB>221
@4<247
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>222
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>223
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>224
@5<187
@14<112
@14<113
LSQB>225,@15<297
@14<114
MINUS>71,PLUS>73,@2<152
MINUS>71,PLUS>73,@2<153
MINUS>71,PLUS>73,@2<154
MINUS>71,PLUS>73,@2<155
MINUS>71,PLUS>73,@2<156
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<287
MINUS>71,PLUS>73,@2<157
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<288
@4<291
@4<292
@4<293
@4<294
LPAR>226
NAME>227
NAME>228
NAME>229
$END<188
LBRACE>18,entries>230
NAME>231
NAME>232
PROCESS>5,RECORD>7,SPACE>8,ALLOW>132,COMPONENT>133,GRAPH>134,PARAM>135,SIZES>137,STAGE>138,VARIANT>139,allow>142,component>143,graph>144,param>145,process>146,record>147,sizes>148,space>149,stage>150,variant>151,RBRACE>233,_family_member>234
COMMA>235,@16<22
@17<66
@17<67
@17<68
@17<69
@17<70
@17<71
@17<72
@17<73
@17<74
@17<75
LBRACE>80,import_names>236,$END<202
COMMA>237,@8<28
$END<209
NAME>238,RBRACE>239
LBRACE>80,import_names>240,$END<206
COMMA>241,__role_names_star_6>242,RPAR<262
RPAR>243
NAME>244
@18<248
NAME>48,path>52,LET>159,RBRACE>245,entry>246,let>247
COMMA>248,@19<52
COMMA>249,@19<54
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>250
LBRACE>18,EVERY>251,entries>252
NAME>253
LBRACE>18,EVERY>254,entries>255
EQUAL>256,TILDE>257
NAME>258
NAME>259
$END<252
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>260
NAME>261
NAME>262
NAME>263
LBRACE>18,EVERY>264,entries>265
NAME>266,updated>267
NAME>268,dotted>269
LBRACE>18,EVERY>270,entries>271
NAME>272
PROCESS>5,ALLOW>132,GRAPH>134,PARAM>135,SIZES>137,ASSERT>164,CHECKPOINT>165,DATA>166,MESH>167,NAME>168,OPTIMIZE>169,PRODUCE>170,REVEAL>172,ROLE>173,STATE>174,TRACK>175,TRAIN>176,UPDATE>177,USE>178,VALIDATE>179,_TARGETS>180,allow>183,bind>185,data>186,draw>187,graph>188,optimize>189,param>190,process>191,produce>192,reveal>193,role>194,settings>195,sizes>196,state>197,track>198,update>199,use>200,RBRACE>273,_program_member>274,assert_>275
COMMA>276,@20<59
@21<84
@20<61
@21<85
@21<86
@21<87
@21<88
@21<89
@21<90
@21<91
@21<92
@21<93
@21<94
@21<95
@21<96
@21<97
@21<98
@21<99
@21<100
COLON>277
@18<192
NAME>201,RBRACE>278,field>279
COMMA>280,@8<26
DOT>90,__path_star_9>91,STAR>281,__space_plus_2>282,@22<240
LBRACE>18,FROM>283,entries>284,@10<278
@23<46
NAME>285
@8<17
@9<185
@24<4
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,RPAR>286,expr>287
@0<129
@0<131
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>287,RSQB>288
@0<134
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>289
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,expr>109,arg>290,RPAR<119
COMMA>291,RPAR<120
@0<244
@0<245
COMMA>292,__pair_type_plus_13>293
RSQB>294
COMMA>292,__pair_type_plus_13>295
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>296,dim>297,dims>298,expr>299
NAME>300,code>301
EQUAL>302
LPAR>303
COLON>304,EQUAL>305,@25<227
@25<276
COLON>306
LBRACE>18,entries>307
$END<189
COMMA>308,@16<20
@16<23
$END<203
@8<29
COMMA>309,@8<30
$END<210
$END<207
NAME>310,RPAR<263
COMMA>311,RPAR<264
FROM>312,LBRACE>313
EQUAL>314
@18<249
COMMA>315,@19<48
COMMA>316,@19<50
@19<53
@19<55
COMMA>317,@26<122
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>318
@21<267
EQUAL>319
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>320
@21<269
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>321
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>322
EQUAL>323
EQUAL>324
@27<258
EQUAL>325
EQUAL>326
LBRACE>18,entries>327,@21<295
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>328
@21<271
COMMA>329,__role_names_star_6>330,@28<301
EVERY>331,LBRACE>332,body>333
DOT>90,__path_star_9>334,@29<175
LPAR>335
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>336
@21<273
COMMA>337,RPAR>338,__role_names_star_6>339
$END<253
COMMA>340,@20<56
@20<58
@20<60
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>341
@18<193
COMMA>342,@8<24
@8<27
NAME>343
STAR>344,@10<277
NAME>345
@10<281
@23<47
@0<128
@24<5
@0<133
@13<115
@13<2
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,expr>109,arg>346,RPAR<121
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>347
COMMA>348,RPAR>349
@14<212
COMMA>350,RPAR>351
EQUAL>352,@30<135
COMMA>353,__dims_star_12>354,RSQB<171
RSQB>355
@31<170
MINUS>356,__code_star_16>357,@13<149
COMMA>358,RPAR>359,__allow_star_15>360
NAME>48,path>361
NAME>362,parameter>363,params>364,RPAR<235
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>365
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>366
NAME>367
@17<305
@16<21
@8<31
@32<62
NAME>368,RPAR<265
NAME>268,dotted>369
ALLOW>132,GRAPH>134,PARAM>135,ASSERT>164,NAME>168,REVEAL>172,STATE>174,UPDATE>177,_TARGETS>180,RBRACE>370,__method_star_5>371,_method_member>372,allow>373,assert_>374,bind>375,draw>376,graph>377,param>378,reveal>379,state>380,update>381
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>382
@19<49
@19<51
STRING>383,@26<123
LBRACE>18,entries>384
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>385
LBRACE>18,entries>386
@27<140
PER>387,@27<177
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>388
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>389
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>390
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>391
@21<296
LBRACE>18,entries>392
NAME>310
COMMA>393,@28<302
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>394
ALLOW>132,ASSERT>164,NAME>168,REVEAL>172,_TARGETS>180,FOR>395,LOSS>396,RBRACE>397,RETURN>398,__body_star_14>399,_statement>400,allow>401,assert_>402,bind>403,draw>404,for_>405,loss>406,return_>407,reveal>408
@21<300
DOT>208,@29<176
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,expr>109,args>409,RPAR<117
LBRACE>18,entries>410
NAME>310,RPAR>411
EQUAL>412
COMMA>413,RPAR>414
@20<57
LBRACE>18,entries>415,@33<190
@8<25
@34<64
NAME>416
LBRACE>18,entries>417,@10<279
@13<3
@13<42
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,RPAR>418,annotation>419
@14<224
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>419,RPAR>420
@14<226
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>421
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>296,expr>299,dim>422,RSQB<172
COMMA>423,RSQB<173
@15<298
NAME>424
MINUS>425,@13<150
NAME>300,RPAR>426,code>427
@35<109
COMMA>428,RPAR>429
LBRACE>18,entries>430,@17<158
COLON>431,EQUAL>432,@13<231
COMMA>433,__params_star_11>434,RPAR<236
RPAR>435
EQUAL>436,@25<228
@25<230
LPAR>437
@32<63
LBRACE>438
$END<216
ALLOW>132,GRAPH>134,PARAM>135,ASSERT>164,NAME>168,REVEAL>172,STATE>174,UPDATE>177,_TARGETS>180,allow>373,bind>375,draw>376,graph>377,param>378,reveal>379,state>380,update>381,RBRACE>439,_method_member>440,assert_>441
COMMA>442,@36<35
@37<76
@36<37
@37<77
@37<78
@37<79
@37<80
@37<81
@37<82
@37<83
@9<211
COMMA>443,@26<124
@21<266
LBRACE>87,fields>444,@21<160
@21<268
NAME>445
@21<220
TO>446
LBRACE>18,entries>447,@21<259
@21<286
@21<270
NAME>368
LBRACE>332,body>448
LPAR>449,NAME>450,for_targets>451
NAME>452
@35<145
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>453
ALLOW>132,ASSERT>164,NAME>168,REVEAL>172,_TARGETS>180,FOR>395,LOSS>396,RETURN>398,allow>401,bind>403,draw>404,for_>405,loss>406,return_>407,reveal>408,RBRACE>454,_statement>455,assert_>456
COMMA>457,@38<9
@39<101
@38<11
@39<102
@39<103
@39<104
@39<105
@39<106
@39<107
RPAR>458
@21<272
EQUAL>459
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>460
NAME>368,RPAR>461
EQUAL>462
@33<191
@34<65
@10<280
@14<223
@13<43
@14<225
@31<169
@31<14
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>296,expr>299,dim>463,RSQB<174
@40<12
NAME>464
@35<108
@13<0
NAME>300,RPAR>465,code>466
@35<111
@17<159
NAME>48,LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,annotation>467
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>468
NAME>362,parameter>469,RPAR<237
COMMA>470,RPAR<238
LBRACE>332,body>471
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>472
NAME>362,parameter>363,params>473,RPAR<235
ALLOW>132,GRAPH>134,PARAM>135,ASSERT>164,NAME>168,REVEAL>172,STATE>174,UPDATE>177,_TARGETS>180,_method_member>372,allow>373,assert_>374,bind>375,draw>376,graph>377,param>378,reveal>379,state>380,update>381,RBRACE>474,__method_star_5>475
$END<217
COMMA>476,@36<32
@36<34
@36<36
@26<125
@21<161
LPAR>477,@27<178
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>478
@21<260
@21<299
NAME>479
IN<199
IN>480
EQUAL>481
@39<257
@35<146
COMMA>482,@38<6
@38<8
@38<10
LBRACE>18,entries>483,@21<303
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>484
@27<142
EQUAL>485
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>486
@31<15
@40<13
@35<110
@13<1
EQUAL>487,@13<232
@13<234
@13<44
NAME>362,parameter>488,RPAR<239
@25<200
@25<229
RPAR>489
$END<214
ALLOW>132,GRAPH>134,PARAM>135,ASSERT>164,NAME>168,REVEAL>172,STATE>174,UPDATE>177,_TARGETS>180,allow>373,bind>375,draw>376,graph>377,param>378,reveal>379,state>380,update>381,_method_member>440,assert_>441,RBRACE>490
@36<33
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>491
LBRACE>18,entries>492,@21<250
COMMA>493,RPAR>494,__role_names_star_6>495
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>496
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>497
@38<7
@21<304
@27<141
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>498
@27<144
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>499
@13<45
ARROW>500
$END<215
RPAR>501
@21<251
NAME>310,RPAR>502
IN<196
COMMA>503,RPAR>504
LBRACE>332,body>505
@39<213
@27<143
@13<233
LPAR>112,LSQB>113,_TARGETS>114,list_type>116,pair_type>117,path>118,type>119,NAME>506,annotation>507,stage_result>508
@27<179
IN<195
NAME>368,RPAR>509
IN<198
@39<194
DOT>90,__path_star_9>91,LPAR>510,@41<240
BY<285
BY>511
IN<197
NAME>512
NAME>513
RPAR>514
DOT>515,LPAR>516
BY<284
NAME>517
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,expr>109,args>518,RPAR<117
LPAR>519
RPAR>520
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,expr>109,args>521,RPAR<117
DOT>522,LSQB>523,__outputs_star_4>524,outputs>525,@17<221
RPAR>526
NAME>527
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>528
DOT>529,LSQB>530,@17<222
@17<283
DOT>522,LSQB>523,__outputs_star_4>524,outputs>531,@17<221
@42<38
RSQB>532
NAME>533
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>534
@17<282
@42<39
@42<40
RSQB>535
@42<41
"""
